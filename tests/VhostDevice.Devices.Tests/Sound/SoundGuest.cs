// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VhostDevice.Devices.Sound;
using VhostDevice.Devices.Sound.Hosts;
using VhostDevice.Devices.Sound.Samples;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.Devices.Tests.Sound;

/// <summary>A sound card on its socket with a driver, and short forms for what that does.</summary>
internal sealed class SoundGuest : IDisposable
{
    internal const uint Ok = 0x8000;
    internal const uint BadMessage = 0x8001;
    internal const uint NotSupported = 0x8002;
    internal const uint IoError = 0x8003;

    internal const uint SetParameters = 0x101;
    internal const uint Prepare = 0x102;
    internal const uint Release = 0x103;
    internal const uint Start = 0x104;
    internal const uint Stop = 0x105;

    internal const byte S16 = 5;
    internal const byte Rate48000 = 7;
    internal const byte Rate384000 = 13;

    /// <summary>A millisecond of S16, stereo, 48 kHz.</summary>
    internal const int Period = 192;

    internal SoundGuest(SoundCard card, bool packed = false, bool controls = true, LoopThread? shared = null)
    {
        Card = card;
        BackEnd = new TestBackEnd<SoundDevice>(() => new SoundDevice(card, Log), shared: shared);
        FrontEndDeviceOptions options = controls ? Options : Options with { Features = VirtioFeatures.Version1 | VirtioFeatures.ProtocolFeatures };
        Front = BackEnd.Attach(packed ? options.Packed() : options);
    }

    internal static FrontEndDeviceOptions Options { get; } = new() { MemorySize = 8 << 20, QueueSizes = [16, 16, 64, 64] };

    internal RecordingLogger Log { get; } = new();

    internal SoundCard Card { get; }

    internal TestBackEnd<SoundDevice> BackEnd { get; }

    internal FrontEndDevice Front { get; private set; }

    /// <summary>One stream out and one in: 0 and 1.</summary>
    internal static SoundCard CardOf(ISoundLine output, ISoundLine input, SoundMeter? meter = null) => new(
    [
        new SoundPort("out0", SoundDirection.Output, 0, output, SoundAbilities.All with { MostChannels = 8 }, meter),
        new SoundPort("in0", SoundDirection.Input, 0, input, SoundAbilities.All with { MostChannels = 8 }),
    ]);

    internal static SoundCard NullCard() => CardOf(new NullLine(), new NullLine());

    /// <summary>Another connection of the same guest's socket.</summary>
    internal void Reconnect()
    {
        Front.Dispose();
        Front = BackEnd.Attach(Options);
    }

    internal static byte[] Words(params uint[] words) => MemoryMarshal.AsBytes(words.AsSpan()).ToArray();

    internal byte[] Ask(uint room, params uint[] words) => Front.Request(0, Words(words), room);

    internal uint Status(params uint[] words) => BinaryPrimitives.ReadUInt32LittleEndian(Ask(4, words));

    internal uint Set(
        uint stream, byte format = S16, byte rate = Rate48000, byte channels = 2, uint buffer = 4 * Period, uint period = Period, uint features = 0)
        => Status(SetParameters, stream, buffer, period, features, channels | (uint)format << 8 | (uint)rate << 16);

    /// <summary>From a new stream to a running one.</summary>
    internal void Run(
        uint stream, byte format = S16, byte rate = Rate48000, byte channels = 2, uint buffer = 4 * Period, uint period = Period, uint features = 0)
    {
        Assert.Equal(Ok, Set(stream, format, rate, channels, buffer, period, features));
        Assert.Equal(Ok, Status(Prepare, stream));
        Assert.Equal(Ok, Status(Start, stream));
    }

    internal void End(uint stream)
    {
        Assert.Equal(Ok, Status(Stop, stream));
        Assert.Equal(Ok, Status(Release, stream));
    }

    /// <summary>Sends a buffer to be played.</summary>
    /// <returns>Its id, and where its status will be.</returns>
    internal (ushort Id, ulong Status) Send(uint stream, ReadOnlySpan<byte> frames)
    {
        ulong at = Front.Memory.Allocate((ulong)frames.Length + 16);
        Front.Memory.Write(at, Words(stream));
        Front.Memory.Write(at + 4, frames);
        ulong status = (at + 4 + (ulong)frames.Length + 3) & ~3ul;
        DriverQueue queue = Front.Queues[2];
        ushort id = queue.Add(DriverBuffer.Readable(at, 4), DriverBuffer.Readable(at + 4, (uint)frames.Length), DriverBuffer.Writable(status, 8));
        queue.Submit();
        return (id, status);
    }

    /// <summary>Sends a buffer to be filled.</summary>
    internal (ushort Id, ulong Frames, ulong Status) Fetch(uint stream, uint bytes)
    {
        ulong at = Front.Memory.Allocate(bytes + 16);
        Front.Memory.Write(at, Words(stream));
        DriverQueue queue = Front.Queues[3];
        ushort id = queue.Add(DriverBuffer.Readable(at, 4), DriverBuffer.Writable(at + 4, bytes), DriverBuffer.Writable(at + 4 + bytes, 8));
        queue.Submit();
        return (id, at + 4, at + 4 + bytes);
    }

    internal (uint Status, uint Latency) StatusAt(ulong at)
    {
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(Front.Memory.Span(at, 8));
        return (words[0], words[1]);
    }

    /// <summary>Waits for a buffer that was played.</summary>
    internal uint TakePlayed((ushort Id, ulong Status) buffer)
    {
        UsedChain used = Front.Queues[2].Take();
        Assert.Equal((buffer.Id, 8u), (used.Id, used.Length));
        return StatusAt(buffer.Status).Status;
    }

    /// <summary>Waits for a buffer that was filled.</summary>
    internal byte[] TakeRecorded((ushort Id, ulong Frames, ulong Status) buffer)
    {
        UsedChain used = Front.Queues[3].Take();
        Assert.Equal(buffer.Id, used.Id);
        Assert.Equal(Ok, StatusAt(buffer.Status).Status);
        byte[] frames = new byte[used.Length - 8];
        Front.Memory.Read(buffer.Frames, frames);
        return frames;
    }

    public void Dispose()
    {
        Front.Dispose();
        BackEnd.Dispose();
    }
}
