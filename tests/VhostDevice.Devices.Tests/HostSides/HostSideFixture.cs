// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.HostSides;

/// <summary>A <see cref="DoublingDevice"/> with a guest.</summary>
internal sealed class HostSideFixture : IDisposable
{
    private const int AnswerSize = 9;
    private const byte Untouched = 0xee;

    private readonly int _queues;

    internal HostSideFixture(TestHostSide host, int queues = 1, TimeSpan? stopPatience = null, FrontEndDeviceOptions? options = null)
    {
        Host = host;
        _queues = queues;
        BackEnd = new TestBackEnd<DoublingDevice>(() => new DoublingDevice(host, queues), stopPatience, loops: 1);
        Guest = BackEnd.Attach(options ?? Options);
    }

    internal TestHostSide Host { get; }

    internal TestBackEnd<DoublingDevice> BackEnd { get; }

    internal FrontEndDevice Guest { get; }

    internal FrontEndDeviceOptions Options => TestOptions.Small with { QueueSizes = [.. Enumerable.Repeat((ushort)512, _queues)] };

    internal int LoopId => BackEnd.Thread.Invoke(static () => Environment.CurrentManagedThreadId);

    internal Posted Add(uint number, int queue = 0, FrontEndDevice? guest = null)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        return Add(bytes, queue, guest);
    }

    internal Posted Add(byte[] bytes, int queue = 0, FrontEndDevice? guest = null)
    {
        guest ??= Guest;
        ulong source = guest.Memory.Allocate(8);
        guest.Memory.Write(source, bytes);
        ulong target = guest.Memory.Allocate(16);
        byte[] untouched = new byte[AnswerSize];
        Array.Fill(untouched, Untouched);
        guest.Memory.Write(target, untouched);
        ushort id = guest.Queues[queue].Add(DriverBuffer.Readable(source, (uint)bytes.Length), DriverBuffer.Writable(target, AnswerSize));
        return new Posted(guest, queue, id, target);
    }

    internal Posted Send(uint number, int queue = 0, FrontEndDevice? guest = null)
    {
        Posted posted = Add(number, queue, guest);
        (guest ?? Guest).Queues[queue].Submit();
        return posted;
    }

    /// <summary>The host side has been asked so often.</summary>
    internal void UntilAsked(int count) => BackEnd.Thread.Until(() => Host.Made.Count == count, $"call {count}");

    internal void BecomeQuick()
    {
        int loop = LoopId;
        // How many it takes depends on how busy the machine is.
        long end = Environment.TickCount64 + (long)LoopThread.Patience.TotalMilliseconds;
        do
        {
            Assert.True(Environment.TickCount64 < end, "the host side does not come to the loop");
            Assert.Equal(2ul, Send(1).Doubled());
        }
        while (Host.LastThread != loop);
    }

    public void Dispose()
    {
        Host.LetAllGo();
        Guest.Dispose();
        BackEnd.WaitForConnections(0);
        BackEnd.Dispose();
    }

    /// <summary>A request on its way.</summary>
    internal sealed record Posted(FrontEndDevice Guest, int Queue, ushort Id, ulong At)
    {
        internal byte[] Bytes
        {
            get
            {
                byte[] bytes = new byte[AnswerSize];
                Guest.Memory.Read(At, bytes);
                return bytes;
            }
        }

        internal bool IsUntouched => Bytes.All(static b => b == Untouched);

        /// <summary>Waits for the answer, which must be that of this request: they come in order.</summary>
        internal uint Taken()
        {
            UsedChain used = Guest.Queues[Queue].Take();
            Assert.Equal(Id, used.Id);
            return used.Length;
        }

        internal ulong Doubled()
        {
            Assert.Equal((uint)AnswerSize, Taken());
            byte[] bytes = Bytes;
            Assert.Equal(DoublingDevice.Good, bytes[^1]);
            return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        }

        internal void Failed()
        {
            Assert.Equal((uint)AnswerSize, Taken());
            Assert.Equal(DoublingDevice.Bad, Bytes[^1]);
        }
    }
}
