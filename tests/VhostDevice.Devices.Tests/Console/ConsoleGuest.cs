// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Text;
using VhostDevice.Devices.Console;
using VhostDevice.Devices.Console.Ends;
using VhostDevice.Devices.Console.Ports;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Console;

/// <summary>A guest with a console: the driver's side of its queues, and the host's ports.</summary>
internal sealed class ConsoleGuest : IDisposable
{
    internal const ushort Size = 16;
    internal const uint NoPort = uint.MaxValue;

    private readonly Queue<ulong> _control = new();

    /// <param name="most">Room for ports.</param>
    /// <param name="ends">Of consoles with the numbers 0, 1 and so on; see <see cref="Add"/> for others.</param>
    internal ConsoleGuest(int most, ResizeOrder order = ResizeOrder.Specification, ulong features = 7, params PortEnd[] ends)
    {
        Thread = new LoopThread();
        Table = new PortTable(Thread.Loop, most);
        foreach (PortEnd end in ends)
            Add($"console{Table.Free}", isConsole: true, end);
        BackEnd = new TestBackEnd<ConsoleDevice>(() => new ConsoleDevice(Table, order, 1024, Log), shared: Thread, loops: 1);
        FrontEndDeviceOptions small = TestOptions.Small;
        Options = small with
        {
            Features = (small.Features & ~7ul) | features,
            QueueSizes = [.. Enumerable.Repeat(Size, features == 7 ? (2 * most) + 2 : 2)],
        };
        Front = BackEnd.Attach(Options);
    }

    internal FrontEndDeviceOptions Options { get; set; }

    internal LoopThread Thread { get; }

    internal PortTable Table { get; }

    internal RecordingLogger Log { get; } = new();

    internal TestBackEnd<ConsoleDevice> BackEnd { get; }

    internal FrontEndDevice Front { get; private set; }

    public void Dispose()
    {
        Front.Dispose();
        BackEnd.WaitForConnections(0);
        BackEnd.Dispose();
        Thread.Invoke(Table.Dispose);
        Thread.Dispose();
    }

    internal void Reconnect()
    {
        Front.Dispose();
        BackEnd.WaitForConnections(0);
        _control.Clear();
        Front = BackEnd.Attach(Options);
    }

    internal ConsolePort Add(string name, bool isConsole, PortEnd end, bool keepsRecent = false) => Thread.Invoke(() =>
    {
        ConsolePort port = new((uint)Table.Free, name, isConsole, end, keepsRecent);
        Table.Add(port);
        return port;
    });

    /// <summary>The driver says something through the control queue.</summary>
    internal void Tell(uint port, ushort what, ushort value) => Assert.Empty(Front.Request(3, Message(port, what, value), 0));

    internal static byte[] Message(uint port, ushort what, ushort value, params ReadOnlySpan<byte> rest)
    {
        byte[] message = new byte[8 + rest.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(message, port);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), what);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(6), value);
        rest.CopyTo(message.AsSpan(8));
        return message;
    }

    internal static byte[] Name(uint port, string name) => Message(port, 7, 1, Encoding.ASCII.GetBytes(name));

    /// <summary>Gives the control queue buffers.</summary>
    internal void OfferControl(int count = 8, uint room = 96)
    {
        for (int i = 0; i < count; i++)
            _control.Enqueue(Front.Post(2, room).Address);
    }

    /// <summary>The next thing that the driver is told; there is a buffer.</summary>
    internal byte[] Hear()
    {
        UsedChain used = Front.Queues[2].Take();
        byte[] message = new byte[used.Length];
        Front.Memory.Read(_control.Dequeue(), message);
        return message;
    }

    internal bool HearsNothing()
    {
        BackEnd.Settle();
        return !Front.Queues[2].HasUsed;
    }

    /// <summary>The driver sets up, and opens all ports that are there.</summary>
    internal void Open(params uint[] ports)
    {
        OfferControl(6);
        Tell(NoPort, 0, 1);
        foreach (uint port in ports)
            Assert.Equal(Message(port, 1, 1), Hear());
        foreach (uint port in ports)
        {
            OfferControl(6 - _control.Count);
            Tell(port, 3, 1);
            Assert.True(Table[port] is not { IsConsole: true } || Hear()[4] == 4);
            Assert.Equal(7, Hear()[4]);
            Tell(port, 6, 1);
            BackEnd.Settle();
            while (Front.Queues[2].HasUsed)
                Hear();
        }

        OfferControl(6 - _control.Count);
    }

    internal static int Receive(int port) => port == 0 ? 0 : (2 * port) + 2;

    internal static int Transmit(int port) => Receive(port) + 1;

    /// <summary>The driver writes, and does not wait.</summary>
    internal void Post(int port, params ReadOnlySpan<byte[]> buffers)
    {
        foreach (byte[] bytes in buffers)
        {
            ulong at = Front.Memory.Allocate((ulong)bytes.Length);
            Front.Memory.Write(at, bytes);
            Front.Queues[Transmit(port)].Add(DriverBuffer.Readable(at, (uint)bytes.Length));
        }

        Front.Queues[Transmit(port)].Submit();
    }

    /// <summary>The driver writes, and has its buffer back.</summary>
    internal void Write(int port, byte[] bytes) => Assert.Empty(Front.Request(Transmit(port), bytes, 0));

    /// <summary>Gives a port's receive queue a buffer.</summary>
    internal ulong Offer(int port, uint room = 64) => Front.Post(Receive(port), room).Address;

    internal byte[] Take(int port, ulong at)
    {
        UsedChain used = Front.Queues[Receive(port)].Take();
        byte[] bytes = new byte[used.Length];
        Front.Memory.Read(at, bytes);
        return bytes;
    }
}
