// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Devices.Input;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Devices.Tests.Input;

/// <summary>A guest with an input device: the driver's side of both queues. Begins with as many buffers as Linux gives it.</summary>
internal sealed class InputGuest : IDisposable
{
    internal const ushort Size = 64;

    private readonly Queue<ulong> _offered = new();

    internal InputGuest(
        IInputSource source, int buffers = Size, FrontEndDeviceOptions? options = null, LoopThread? shared = null, ushort size = Size)
    {
        BackEnd = new TestBackEnd<InputDevice>(() => new InputDevice(source, Statistics), shared: shared);
        Options = options ?? (TestOptions.Small with { QueueSizes = [size, size] });
        Front = BackEnd.Attach(Options);
        Offer(buffers);
        BackEnd.Settle();
    }

    internal InputStatistics Statistics { get; } = new();

    internal FrontEndDeviceOptions Options { get; }

    internal TestBackEnd<InputDevice> BackEnd { get; }

    internal FrontEndDevice Front { get; private set; }

    public void Dispose()
    {
        Front.Dispose();
        BackEnd.WaitForConnections(0);
        BackEnd.Dispose();
    }

    internal void Reconnect(int buffers = Size)
    {
        Front.Dispose();
        BackEnd.WaitForConnections(0);
        Front = BackEnd.Attach(Options);
        _offered.Clear();
        Offer(buffers);
        BackEnd.Settle();
    }

    internal void Offer(int buffers, uint room = 8)
    {
        for (int i = 0; i < buffers; i++)
            _offered.Enqueue(Front.Post(0, room).Address);
    }

    /// <summary>Waits for an event, and gives its buffer back.</summary>
    internal InputEvent Take(bool offersAgain = true)
    {
        UsedChain used = Front.Queues[0].Take();
        Xunit.Assert.Equal(8u, used.Length);
        ulong at = _offered.Dequeue();
        InputEvent taken = MemoryMarshal.Read<InputEvent>(Front.Memory.Span(at, 8));
        if (offersAgain)
        {
            Front.Queues[0].Add(DriverBuffer.Writable(at, 8));
            Front.Queues[0].Submit();
            _offered.Enqueue(at);
        }

        return taken;
    }

    /// <summary>Waits for a report, and gives its buffers back. Without the end.</summary>
    internal List<InputEvent> TakeReport()
    {
        List<InputEvent> report = [];
        for (InputEvent next = Take(); !next.EndsReport; next = Take())
            report.Add(next);
        return report;
    }

    /// <summary>Sends what the guest wants lit or sounded.</summary>
    internal void Send(ushort type, ushort code, int value)
    {
        InputEvent sent = new(type, code, value);
        Xunit.Assert.Empty(Front.Request(1, MemoryMarshal.AsBytes(new ReadOnlySpan<InputEvent>(in sent)), 0));
    }

    /// <summary>The size and the bytes of a selection, as a driver reads them.</summary>
    internal byte[] Select(byte select, byte subselect = 0)
    {
        Xunit.Assert.True(Front.Connection.SetConfig(0, [select]).IsPositive);
        Xunit.Assert.True(Front.Connection.SetConfig(1, [subselect]).IsPositive);
        byte[] all = Front.ReadConfig(0, 136);
        Xunit.Assert.Equal((select, subselect), (all[0], all[1]));
        Xunit.Assert.Equal(-1, all.AsSpan(8 + all[2]).IndexOfAnyExcept((byte)0));
        Xunit.Assert.Equal(-1, all.AsSpan(3, 5).IndexOfAnyExcept((byte)0));
        return all[8..(8 + all[2])];
    }
}
