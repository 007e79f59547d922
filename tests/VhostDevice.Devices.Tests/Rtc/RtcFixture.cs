// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Rtc;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.Devices.Tests.Rtc;

/// <summary>The clock device on its socket, and short forms for what its driver asks.</summary>
internal static class RtcFixture
{
    internal const ulong Second = 1_000_000_000;

    internal static FrontEndDeviceOptions Options { get; } = new() { MemorySize = 4 << 20, QueueSizes = [16, 16] };

    internal static FrontEndDeviceOptions WithoutAlarm { get; } = Options with
    {
        Features = VirtioFeatures.Version1 | VirtioFeatures.ProtocolFeatures,
    };

    /// <summary>UTC, TAI and a monotonic clock: 0, 1 and 2.</summary>
    internal static RtcClocks Clocks(bool offersAlarms = true, GuestCounter? counter = null) => new(
        [
            new RtcClock(RtcClockType.UtcSmeared, HostClock.Realtime),
            new RtcClock(RtcClockType.Tai, HostClock.Tai),
            new RtcClock(RtcClockType.Monotonic, HostClock.Monotonic),
        ],
        offersAlarms,
        counter);

    internal static TestBackEnd<RtcDevice> Serve(RtcClocks clocks) => new(() => new RtcDevice(clocks));

    /// <summary>The answer to a message about a clock.</summary>
    internal static byte[] Ask(FrontEndDevice guest, ushort type, ushort clock = 0, byte ninth = 0, uint room = 24)
    {
        byte[] request = new byte[16];
        BinaryPrimitives.WriteUInt16LittleEndian(request, type);
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(8), clock);
        request[10] = ninth;
        return guest.Request(0, request, room);
    }

    internal static ulong Read(FrontEndDevice guest, ushort clock)
    {
        byte[] answer = Ask(guest, 1, clock, room: 16);
        Assert.Equal((0, 16), (answer[0], answer.Length));
        return BinaryPrimitives.ReadUInt64LittleEndian(answer.AsSpan(8));
    }

    internal static void SetAlarm(FrontEndDevice guest, ulong time, bool enabled, ushort clock = 0, byte expected = 0)
    {
        byte[] request = new byte[24];
        BinaryPrimitives.WriteUInt16LittleEndian(request, 0x1004);
        BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(8), time);
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(16), clock);
        request[18] = enabled ? (byte)1 : (byte)0;
        Assert.Equal([expected, 0, 0, 0, 0, 0, 0, 0], guest.Request(0, request, 8));
    }

    internal static (ulong Time, bool IsEnabled) Alarm(FrontEndDevice guest)
    {
        byte[] answer = Ask(guest, 0x1003);
        Assert.Equal((0, 24), (answer[0], answer.Length));
        return (BinaryPrimitives.ReadUInt64LittleEndian(answer.AsSpan(8)), answer[16] == 1);
    }

    /// <summary>Waits for the report of an alarm in a buffer; returns the clock's id.</summary>
    internal static int TakeReport(FrontEndDevice guest, (ushort Id, ulong At) buffer)
    {
        UsedChain used = guest.Queues[1].Take();
        Assert.Equal((buffer.Id, 16u), (used.Id, used.Length));
        Span<byte> report = guest.Memory.Span(buffer.At, 16);
        Assert.Equal(0x2000, BinaryPrimitives.ReadUInt16LittleEndian(report));
        return BinaryPrimitives.ReadUInt16LittleEndian(report[8..]);
    }
}
