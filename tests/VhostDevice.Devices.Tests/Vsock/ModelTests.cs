// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.Devices.Vsock;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Vsock;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>
/// A guest and host programs that do what chance says, on several connections at once, against a model: each direction
/// is a stream of bytes, of which none is lost, doubled or out of place, and whose end comes after the last.
/// </summary>
[Collection(DeviceCollection.Name)]
public sealed class ModelTests : VsockTests
{
    private const int Steps = 1500;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void Streams_are_what_the_model_says(int seed, bool packed)
    {
        Random random = new(seed);
        int[] cuts = random.Next(2) == 0 ? [4096] : [30, 14, 1000, 3000];
        using VsockFixture fixture = new(packed ? VsockFixture.Options.Packed() : null, bufferSize: 20_000, buffers: 16, cuts: cuts);
        fixture.Driver.BufferSize = 30_000;
        List<Stream> streams = [];
        for (int i = 0; i < 6; i++)
        {
            (VsockConnection guest, Socket host) = i % 2 == 0
                ? fixture.OpenFromGuest((uint)(100 + i), (uint)(200 + i))
                : fixture.OpenFromHost((uint)(300 + i));
            host.Blocking = false;
            streams.Add(new Stream(guest, host, random));
        }

        for (int step = 0; step < Steps; step++)
        {
            streams[random.Next(streams.Count)].Step();
            Receive(fixture.Driver, streams);
        }

        long end = Environment.TickCount64 + (long)LoopThread.Patience.TotalMilliseconds;
        while (!streams.TrueForAll(s => s.IsOver))
        {
            Assert.True(Environment.TickCount64 < end, string.Join('\n', streams));
            foreach (Stream stream in streams)
                stream.Finish();
            Receive(fixture.Driver, streams);
            Thread.Yield();
        }

        fixture.Driver.AwaitTransmitted();
        fixture.BackEnd.Until(d => d.ConnectionCount == 0, "connections are forgotten");
    }

    private static void Receive(VsockDriver driver, List<Stream> streams)
    {
        while (driver.TryReceive(out VsockPacket? packet))
            streams.Find(s => s.Guest.Port == packet.Header.DestinationPort && s.Guest.PeerPort == packet.Header.SourcePort)!.Take(packet);
    }

    private sealed class Stream(VsockConnection guest, Socket host, Random random)
    {
        private readonly byte[] _buffer = new byte[30_000];
        private uint _toHost;
        private uint _atHost;
        private uint _toGuest;
        private uint _atGuest;
        private bool _guestEnded;
        private bool _hostEnded;
        private bool _endAtHost;
        private uint _endAtGuest;
        private bool _isReset;

        internal VsockConnection Guest => guest;

        internal bool IsOver => _isReset && _endAtHost;

        public override string ToString() =>
            $"to host {_atHost} of {_toHost} {_endAtHost}, to guest {_atGuest} of {_toGuest} {_endAtGuest}, credit {guest.Credit}, reset {_isReset}";

        internal void Step()
        {
            switch (random.Next(12))
            {
                case < 4:
                    GuestWrites();
                    break;
                case < 7:
                    HostWrites();
                    break;
                case < 10:
                    HostReads();
                    break;
                case 10:
                    guest.Send(VsockOp.CreditUpdate);
                    break;
                default:
                    if (random.Next(100) == 0)
                        EndGuest();
                    else if (random.Next(100) == 0)
                        EndHost();
                    break;
            }
        }

        /// <summary>Both end what they send, and read what there is.</summary>
        internal void Finish()
        {
            EndGuest();
            EndHost();
            HostReads();
            if (_endAtGuest != 0 && _endAtHost && !_isReset)
            {
                Assert.Equal(_toGuest, _atGuest);
                guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownBoth);
                _isReset = true; // its packet may still be on the way
            }
        }

        internal void Take(VsockPacket packet)
        {
            if (packet.Op == VsockOp.Reset)
            {
                Assert.True(_isReset);
                return;
            }

            guest.Note(packet);
            foreach (byte b in packet.Data)
                Assert.Equal(At(_atGuest++), b);
            if (packet.Op == VsockOp.CreditRequest)
                guest.Send(VsockOp.CreditUpdate);
            if (packet.Op != VsockOp.Shutdown)
                return;
            Assert.Equal(_toGuest, _atGuest);
            _endAtGuest |= packet.Header.Flags;
        }

        private static byte At(uint position) => (byte)(position * 2654435761 >> 13);

        private void GuestWrites()
        {
            int n = (int)Math.Min(guest.Credit, (uint)random.Next(1, 12_000));
            if (n == 0 || _guestEnded)
                return;
            byte[] data = new byte[n];
            for (int i = 0; i < n; i++)
                data[i] = At(_toHost++);
            int[] cuts = random.Next(3) == 0 ? [random.Next(1, 60), random.Next(1, 3000), random.Next(1, 3000)] : [];
            guest.Write(data, cuts: cuts, indirect: random.Next(2) == 0);
        }

        private void HostWrites()
        {
            if (_hostEnded)
                return;
            int n = random.Next(1, _buffer.Length);
            for (int i = 0; i < n; i++)
                _buffer[i] = At(_toGuest + (uint)i);
            int sent = host.Send(_buffer, 0, n, SocketFlags.None, out SocketError error);
            if (error == SocketError.Success)
                _toGuest += (uint)sent;
            else
                Assert.Equal(SocketError.WouldBlock, error);
        }

        private void HostReads()
        {
            int n = host.Receive(_buffer, 0, random.Next(1, _buffer.Length), SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
                return;
            Assert.Equal(SocketError.Success, error);
            for (int i = 0; i < n; i++)
                Assert.Equal(At(_atHost++), _buffer[i]);
            if (n > 0)
                return;
            Assert.True(_guestEnded);
            Assert.Equal(_toHost, _atHost);
            _endAtHost = true;
        }

        private void EndGuest()
        {
            if (_guestEnded)
                return;
            _guestEnded = true;
            guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownSend);
        }

        private void EndHost()
        {
            if (_hostEnded)
                return;
            _hostEnded = true;
            host.Shutdown(SocketShutdown.Send);
        }
    }
}
