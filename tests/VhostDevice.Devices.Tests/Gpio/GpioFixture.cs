// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Gpio;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Devices.Tests.Gpio;

/// <summary>The gpio device on its socket, with a driver that speaks in short forms.</summary>
internal sealed class GpioFixture : IDisposable
{
    // Answers, as a driver sees them.
    internal static readonly byte[] Ok = [0, 0];
    internal static readonly byte[] Error = [1, 0];
    internal static readonly byte[] Low = [0, 0];
    internal static readonly byte[] High = [0, 1];

    // Directions and interrupt types.
    internal const uint None = 0;
    internal const uint Out = 1;
    internal const uint In = 2;
    internal const uint Rising = 1;
    internal const uint Falling = 2;
    internal const uint Both = 3;
    internal const uint LevelHigh = 4;
    internal const uint LevelLow = 8;

    internal GpioFixture(TestGpioChip? chip = null, GpioLineChoice[]? lines = null, FrontEndDeviceOptions? options = null)
    {
        Chip = chip ?? new TestGpioChip(8);
        BackEnd = new TestBackEnd<GpioDevice>(() => new GpioDevice(Chip, lines ?? GpioLineChoice.All(Chip), "test", Log));
        Guest = BackEnd.Attach(options ?? Options);
    }

    internal static FrontEndDeviceOptions Options { get; } = new() { MemorySize = 4 << 20, QueueSizes = [64, 64] };

    internal RecordingLogger Log { get; } = new();

    internal TestGpioChip Chip { get; }

    internal TestBackEnd<GpioDevice> BackEnd { get; }

    internal FrontEndDevice Guest { get; private set; }

    public void Dispose()
    {
        Chip.LetAllGo();
        Guest.Dispose();
        BackEnd.WaitForConnections(0);
        BackEnd.Dispose();
        Chip.Dispose();
    }

    /// <summary>Another front-end after this one has left.</summary>
    internal void Reconnect()
    {
        Guest.Dispose();
        BackEnd.WaitForConnections(0);
        Guest = BackEnd.Attach(Options);
    }

    internal static byte[] Message(ushort type, ushort line, uint value)
    {
        byte[] message = new byte[8];
        BinaryPrimitives.WriteUInt16LittleEndian(message, type);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(2), line);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(4), value);
        return message;
    }

    internal byte[] Request(ushort type, ushort line, uint value, uint room = 2) => Guest.Request(0, Message(type, line, value), room);

    internal byte[] Direction(ushort line) => Request(2, line, 0);

    internal byte[] SetDirection(ushort line, uint direction) => Request(3, line, direction);

    internal byte[] Value(ushort line) => Request(4, line, 0);

    internal byte[] SetValue(ushort line, uint value) => Request(5, line, value);

    internal byte[] SetIrq(ushort line, uint type) => Request(6, line, type);

    /// <summary>The driver unmasks a line's interrupt.</summary>
    internal GpioEvent Arm(ushort line)
    {
        ulong at = Guest.Memory.Allocate(16);
        Span<byte> bytes = Guest.Memory.Span(at, 16);
        bytes.Fill(0xa5);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, line);
        ushort id = Guest.Queues[1].Add(DriverBuffer.Readable(at, 2), DriverBuffer.Writable(at + 8, 1));
        Guest.Queues[1].Submit();
        return new GpioEvent(id, at + 8);
    }

    /// <summary>Waits for the event to come back.</summary>
    /// <returns>Its status.</returns>
    internal byte Take(GpioEvent expected)
    {
        UsedChain used = Guest.Queues[1].Take();
        if (used.Id != expected.Id || used.Length != 1)
            throw new InvalidOperationException($"chain {used.Id} with {used.Length} bytes came back, not {expected.Id} with 1");
        return Guest.Memory.Span(expected.Status, 1)[0];
    }

    /// <summary>Fails unless the event is with the device, once all that came before is done.</summary>
    internal void StillArmed()
    {
        Settle();
        if (Guest.Queues[1].HasUsed)
            throw new InvalidOperationException("an event came back");
    }

    /// <summary>Everything that was asked for is done, also by calls that may wait.</summary>
    internal void Settle()
    {
        BackEnd.Settle();
        while (BackEnd.With(static d => d.IsBusy))
        {
            BackEnd.Until(static d => !d.IsBusy, "the calls");
            BackEnd.Settle();
        }
    }

    /// <summary>The world outside changes a line.</summary>
    internal void Apply(int line, params ReadOnlySpan<bool> levels)
    {
        bool[] all = levels.ToArray();
        BackEnd.Thread.Invoke(() =>
        {
            foreach (bool high in all)
                Chip.Apply(line, high);
        });
    }

    /// <summary>What the chip has, looked at on its loop.</summary>
    internal T Host<T>(Func<TestGpioChip, T> look) => BackEnd.Thread.Invoke(() => look(Chip));
}

/// <summary>A pair of buffers in the event queue.</summary>
internal readonly record struct GpioEvent(ushort Id, ulong Status);
