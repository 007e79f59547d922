// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.Program.Tests.Console;

/// <summary>A guest's driver with one console: it sets the port up, opens it, writes and reads.</summary>
internal sealed class ConsoleDriver : IDisposable
{
    private const uint Room = 4096;

    private readonly FrontEndDevice _front;
    private readonly Queue<ulong> _receive = new();
    private readonly StringBuilder _read = new();
    private readonly ulong _write;

    internal ConsoleDriver(string path)
    {
        FrontEndDeviceOptions options = new()
        {
            QueueSizes = [16, 16, 16, 16],
            MemorySize = 1 << 20,
            ReplyTimeout = Patience.Time,
        };
        options = options with { ProtocolFeatures = options.ProtocolFeatures | ProtocolFeatures.InflightShmfd };
        _front = FrontEndDevice.Connect(path, options);
        _write = _front.Memory.Allocate(Room);
        for (int i = 0; i < 8; i++)
        {
            _front.Queues[2].Add(DriverBuffer.Writable(_front.Memory.Allocate(96), 96));
            Offer(_front.Memory.Allocate(Room));
        }

        _front.Queues[2].Submit();
        _front.Queues[0].Submit();
        Tell(uint.MaxValue, 0);
        Hear(1); // there is a port
        Tell(0, 3);
        Hear(3); // it is a console, its name, it is open
        Tell(0, 6);
    }

    public void Dispose() => _front.Dispose();

    internal void Write(string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        _front.Memory.Write(_write, bytes);
        Send(1, DriverBuffer.Readable(_write, (uint)bytes.Length));
    }

    /// <summary>Waits for so many characters.</summary>
    internal string Read(int count)
    {
        while (_read.Length < count)
        {
            Assert.True(_front.Queues[0].WaitForUsed(Patience.Time), $"nothing came after '{_read}'");
            Assert.True(_front.Queues[0].TryPop(out UsedChain used));
            ulong at = _receive.Dequeue();
            byte[] bytes = new byte[used.Length];
            _front.Memory.Read(at, bytes);
            _read.Append(Encoding.ASCII.GetString(bytes));
            Offer(at);
            _front.Queues[0].Submit();
        }

        string text = _read.ToString(0, count);
        _read.Remove(0, count);
        return text;
    }

    /// <summary>The guest goes on with another daemon, as after one was killed.</summary>
    internal void Reconnect(string path)
    {
        FrontEndConnection connection = FrontEndConnection.Connect(path);
        connection.ReplyTimeout = Patience.Time;
        _front.Reattach(connection);
    }

    private void Offer(ulong at)
    {
        _front.Queues[0].Add(DriverBuffer.Writable(at, Room));
        _receive.Enqueue(at);
    }

    private void Tell(uint port, byte what)
    {
        byte[] message = [(byte)port, (byte)(port >> 8), (byte)(port >> 16), (byte)(port >> 24), what, 0, 1, 0];
        _front.Memory.Write(_write, message);
        Send(3, DriverBuffer.Readable(_write, (uint)message.Length));
    }

    private void Hear(int messages)
    {
        for (int i = 0; i < messages; i++)
        {
            Assert.True(_front.Queues[2].WaitForUsed(Patience.Time), "the host says nothing");
            Assert.True(_front.Queues[2].TryPop(out _));
        }
    }

    private void Send(int queue, DriverBuffer buffer)
    {
        _front.Queues[queue].Add(buffer);
        _front.Queues[queue].Submit();
        Assert.True(_front.Queues[queue].WaitForUsed(Patience.Time), "the host takes nothing");
        Assert.True(_front.Queues[queue].TryPop(out _));
    }
}
