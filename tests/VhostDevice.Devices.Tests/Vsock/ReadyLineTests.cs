// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Vsock;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

public sealed class ReadyLineTests
{
    /// <summary>Connections come out as they went in, also the last one that gets in line again at once.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void It_is_a_queue(int count)
    {
        Random random = new(count);
        VsockFlow[] flows = [.. Enumerable.Range(0, count).Select(_ => new Nobody())];
        Queue<VsockFlow> expected = new();
        ReadyLine line = default;
        for (int step = 0; step < 1000; step++)
        {
            VsockFlow flow = flows[random.Next(count)];
            Assert.Equal(expected.Contains(flow), flow.IsReady);
            if (!flow.IsReady && random.Next(2) == 0)
            {
                line.Add(flow);
                expected.Enqueue(flow);
            }
            else if (expected.Count > 0)
            {
                Assert.Same(expected.Dequeue(), line.Take());
            }

            Assert.Equal(expected.Count == 0, line.IsEmpty);
        }
    }

    private sealed class Nobody() : VsockFlow(3)
    {
        internal override PumpResult Pump(RxWriter rx) => PumpResult.Idle;
    }
}
