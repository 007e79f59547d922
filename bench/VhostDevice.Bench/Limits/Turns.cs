// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.Interop;
using VhostDevice.Bench.Measuring;
using VhostDevice.Linux;

namespace VhostDevice.Bench.Limits;

/// <summary>How two processes wake each other.</summary>
internal enum PingPongMode
{
    /// <summary>write(2) and a read(2) that waits, on both sides: two system calls per side and round trip.</summary>
    Blocking,

    /// <summary>write(2) and epoll_wait(2), edge-triggered without reading: what an event loop does at the least.</summary>
    Epoll,

    /// <summary>Looking at shared memory without a pause, on both sides: two CPUs only.</summary>
    Spin,
}

/// <summary>One side of a ping-pong: tells the other that it is its turn, and waits for its own.</summary>
internal abstract unsafe class Turns
{
    /// <summary>Turns over two eventfds.</summary>
    internal static Turns Over(PingPongMode mode, int mine, int others) =>
        mode == PingPongMode.Blocking ? new BlockingTurns(mine, others) : new EpollTurns(mine, others);

    /// <summary>Turns over two words of shared memory, which should be in different cache lines.</summary>
    internal static Turns Over(int* mine, int* others) => new SpinTurns(mine, others);

    internal abstract void Give();

    internal abstract void Await();

    private sealed class BlockingTurns(int mine, int others) : Turns
    {
        internal override void Give() => _ = EventFd.Signal(others);

        internal override void Await() => _ = EventFd.Consume(mine, out _);
    }

    private sealed class EpollTurns : Turns
    {
        // struct epoll_event has its events first on every architecture, and at most 16 bytes.
        private const int EventSize = 16;
        private readonly int _epoll;
        private readonly int _others;

        internal EpollTurns(int mine, int others)
        {
            _others = others;
            _epoll = Native.Check(Native.epoll_create1(0), "epoll_create1");
            byte* change = stackalloc byte[EventSize];
            new Span<byte>(change, EventSize).Clear();
            *(uint*)change = Native.EPOLLIN | Native.EPOLLET;
            Native.Check(Native.epoll_ctl(_epoll, Native.EPOLL_CTL_ADD, mine, change), "epoll_ctl");
        }

        internal override void Give() => _ = EventFd.Signal(_others);

        internal override void Await()
        {
            byte* events = stackalloc byte[EventSize];
            while (Native.epoll_wait(_epoll, events, 1, -1) != 1)
            {
            }
        }
    }

    private sealed class SpinTurns(int* mine, int* others) : Turns
    {
        private int _given;
        private int _seen;

        internal override void Give() => Volatile.Write(ref *others, ++_given);

        internal override void Await()
        {
            while (Volatile.Read(ref *mine) == _seen)
                Spin.Once();
            _seen++;
        }
    }
}
