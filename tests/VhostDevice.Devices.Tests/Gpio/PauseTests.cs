// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.Devices.Tests.Gpio;

/// <summary>How the rings stop before they start again.</summary>
public enum Ending
{
    /// <summary>SET_VRING_ENABLE 0 only.</summary>
    Disable,

    /// <summary>GET_VRING_BASE.</summary>
    Stop,

    /// <summary>The device status 0 after it, which QEMU sends for a pause and for a driver's reset.</summary>
    Status,

    /// <summary>RESET_DEVICE after it.</summary>
    Reset,
}

/// <summary>
/// A pause never gives a line back; a driver that begins finds all lines free. Both hold at every position of the rings:
/// a split ring is at its start again after 65536 requests, a packed one after each second lap.
/// </summary>
[Collection(DeviceCollection.Name)]
public sealed class PauseTests : LeakChecked
{
    private const ushort Line = 2;

    public static TheoryData<bool, bool, bool, Ending, bool> Cases
    {
        get
        {
            TheoryData<bool, bool, bool, Ending, bool> cases = [];
            foreach (bool packed in (bool[])[false, true])
            {
                foreach (bool eventIdx in (bool[])[false, true])
                {
                    foreach (bool atStart in (bool[])[false, true])
                    {
                        foreach (Ending ending in Enum.GetValues<Ending>())
                        {
                            cases.Add(packed, eventIdx, atStart, ending, false);
                            if (ending != Ending.Disable)
                                cases.Add(packed, eventIdx, atStart, ending, true);
                        }
                    }
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Only_a_new_driver_finds_the_lines_free(bool packed, bool eventIdx, bool atStart, Ending ending, bool newDriver)
    {
        FrontEndDeviceOptions options = packed ? GpioFixture.Options.Packed() : GpioFixture.Options;
        if (!eventIdx)
            options = options with { Features = options.Features & ~VirtioFeatures.EventIdx };
        using GpioFixture f = new(options: options);
        Assert.Equal(GpioFixture.Ok, f.SetValue(Line, 1));
        Assert.Equal(GpioFixture.Ok, f.SetDirection(Line, GpioFixture.Out));
        Serve(f, packed, atStart);

        End(f, ending);
        Assert.True(IsHeld(f), "the line was given back before anybody knew who comes next");
        if (newDriver)
        {
            foreach (DriverQueue queue in f.Guest.Queues)
                queue.Reset();
        }

        if (ending == Ending.Disable)
            f.Guest.EnableQueues(true);
        else
            f.Guest.Start();
        Assert.Equal(GpioFixture.Ok[0], f.Value(Line + 1)[0]);
        Assert.Equal(!newDriver, IsHeld(f));
        if (!newDriver)
            Assert.Equal(GpioFixture.High, f.Value(Line));
    }

    [Fact]
    public void A_packed_ring_keeps_the_lines_at_each_pause()
    {
        using GpioFixture f = new(options: GpioFixture.Options.Packed());
        f.SetValue(Line, 1);
        f.SetDirection(Line, GpioFixture.Out);
        for (int i = 3; i <= 140; i++)
        {
            _ = f.Value(Line);
            f.Guest.Stop();
            f.Guest.Start();
            Assert.True(IsHeld(f), $"the line was given back at the pause after {i} requests");
        }
    }

    private static bool IsHeld(GpioFixture f) => f.Host(static c => c.UserOf(Line)) is not null;

    internal static void End(GpioFixture f, Ending ending)
    {
        if (ending == Ending.Disable)
        {
            f.Guest.EnableQueues(false);
            return;
        }

        f.Guest.Stop();
        if (ending == Ending.Status)
            f.Guest.Connection.SetStatus(0).ThrowIfNegative();
        else if (ending == Ending.Reset)
            f.Guest.Connection.ResetDevice().ThrowIfNegative();
        f.BackEnd.Settle();
    }

    // Up to where a ring begins, or to anywhere else.
    private static void Serve(GpioFixture f, bool packed, bool toStart)
    {
        const int most = 16;
        DriverQueue queue = f.Guest.Queues[0];
        uint start = packed ? 0x8000_8000 : 0u;
        ulong at = f.Guest.Memory.Allocate(most * 16);
        for (int i = 0; i < most; i++)
            f.Guest.Memory.Write(at + (ulong)(i * 16), GpioFixture.Message(4, Line, 0));
        int laps = 0;
        do
        {
            // Two were served; a multiple of the rest comes by the start.
            int count = laps++ == 0 ? most - 2 : most;
            for (int i = 0; i < count; i++)
                queue.Add(DriverBuffer.Readable(at + (ulong)(i * 16), 8), DriverBuffer.Writable(at + (ulong)(i * 16) + 8, 2));
            queue.Submit();
            for (int i = 0; i < count; i++)
                _ = queue.Take();
        }
        while (toStart && queue.RingBase != start);
    }
}
