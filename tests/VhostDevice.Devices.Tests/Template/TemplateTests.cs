// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Template;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Template;

/// <summary>The example: every request comes back, and the log says what it was.</summary>
[Collection(DeviceCollection.Name)]
public sealed class TemplateTests : LeakChecked
{
    private const ushort Small = 16;

    private readonly RecordingLogger _log = new();

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(4, false, true)]
    [InlineData(1024, false, false)]
    [InlineData(1024, true, false)]
    [InlineData(1024, true, true)]
    public void Every_request_comes_back_empty_and_in_order(int size, bool packed, bool indirect)
    {
        using TestBackEnd<TemplateDevice> backEnd = new(() => new TemplateDevice(_log));
        FrontEndDeviceOptions options = TestOptions.Small with { QueueSizes = [(ushort)size] };
        using FrontEndDevice guest = backEnd.Attach(packed ? options.Packed() : options);
        DriverQueue queue = guest.Queues[0];
        ulong at = guest.Memory.Allocate(64);
        DriverBuffer[] buffers = size == 1
            ? [DriverBuffer.Readable(at, 8)]
            : [DriverBuffer.Readable(at, 8), DriverBuffer.Writable(at + 8, 30), DriverBuffer.Writable(at + 38, 1)];
        for (int round = 0; round < 10; round++)
        {
            List<ushort> ids = [];
            while (ids.Count < 6 && (indirect ? size - ids.Count > 0 : size - (ids.Count * buffers.Length) >= buffers.Length))
                ids.Add(indirect ? queue.AddIndirect(buffers) : queue.Add(buffers));
            queue.Submit();
            foreach (ushort id in ids)
            {
                UsedChain used = queue.Take();
                Assert.Equal((id, 0u), (used.Id, used.Length));
            }
        }
    }

    [Fact]
    public void The_log_says_what_a_request_was_made_of()
    {
        using TestBackEnd<TemplateDevice> backEnd = new(() => new TemplateDevice(_log));
        using FrontEndDevice guest = backEnd.Attach(TestOptions.Small with { QueueSizes = [Small] });
        Assert.Empty(guest.Request(0, [1, 2, 3], 5));
        Assert.Empty(guest.Request(0, [], 7));
        Assert.Equal(
            [
                "request 1: 2 pieces", "  piece 0: read only, 3 bytes", "  piece 1: write only, 5 bytes",
                "request 2: 1 pieces", "  piece 0: write only, 7 bytes",
            ],
            _log.From(LogLevel.Information));
    }

    [Fact]
    public void The_next_guest_is_counted_anew()
    {
        using TestBackEnd<TemplateDevice> backEnd = new(() => new TemplateDevice(_log));
        for (int i = 0; i < 2; i++)
        {
            using FrontEndDevice guest = backEnd.Attach();
            Assert.Empty(guest.Request(0, [1], 1));
        }

        Assert.Equal(2, _log.From(LogLevel.Information).Count(static l => l.StartsWith("request 1:", StringComparison.Ordinal)));
    }
}
