// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>What a guard is told. The guard itself is part of the native program and tested with that.</summary>
public sealed unsafe class MappingGuardTests : LeakChecked
{
    private const nint Handle = 4711;

    private static readonly ulong s_page = (ulong)Environment.SystemPageSize;

    [Fact]
    public void It_learns_of_whole_pages_and_of_the_end()
    {
        using FakeGuard guard = new(Handle);
        using OwnedFd file = Expect.NewMemFd(4 * s_page);
        MemoryMapping.Map(file.Fd, 100, s_page, 0, out MemoryMapping? mapping).Ok();
        Assert.Equal(((nint)mapping!.Address - 100, (nuint)(2 * s_page), -1), guard.Added);
        Assert.Equal(0, guard.Removed);
        mapping.Dispose();
        mapping.Dispose();
        Assert.Equal(Handle, guard.Removed);
        Assert.Equal(1, guard.Removals);
    }

    [Fact]
    public void The_alarm_stays_open_as_long_as_the_mapping()
    {
        using FakeGuard guard = new(Handle);
        using OwnedFd file = Expect.NewMemFd(s_page);
        OwnedFd alarm = Expect.NewEventFd();
        int number = alarm.Fd;
        MemoryMapping.Map(file.Fd, 0, s_page, 0, out MemoryMapping? mapping, alarm).Ok();
        alarm.Dispose();
        Assert.Equal(number, guard.Added.Alarm);
        EventFd.Signal(number).Ok();
        mapping!.Dispose();
        Assert.Equal(Errno.EBADF, EventFd.Signal(number));
    }

    [Fact]
    public void What_was_lost_is_known()
    {
        using FakeGuard guard = new(Handle);
        using OwnedFd file = Expect.NewMemFd(s_page);
        using MemoryMapping mapping = Expect.Made(MemoryMapping.Map(file.Fd, 0, s_page, 0, out MemoryMapping? m), m);
        Assert.False(mapping.IsLost);
        *guard.Lost = 1;
        Assert.True(mapping.IsLost);
    }

    [Fact]
    public void What_cannot_be_guarded_is_not_mapped()
    {
        using FakeGuard guard = new(0);
        using OwnedFd file = Expect.NewMemFd(s_page);
        using OwnedFd alarm = Expect.NewEventFd();
        Assert.Equal(Errno.ENOMEM, MemoryMapping.Map(file.Fd, 0, s_page, 0, out MemoryMapping? mapping, alarm));
        Assert.Null(mapping);
        Assert.Equal(0, guard.Removals);
    }

    /// <summary>In force until it is disposed.</summary>
    private sealed class FakeGuard : IMappingGuard, IDisposable
    {
        private readonly nint _handle;

        internal FakeGuard(nint handle)
        {
            _handle = handle;
            MemoryMapping.Guard = this;
        }

        internal (nint Start, nuint Length, int Alarm) Added { get; private set; }

        internal int* Lost { get; private set; }

        internal nint Removed { get; private set; }

        internal int Removals { get; private set; }

        public nint Add(byte* start, nuint length, int alarm, int* lost)
        {
            Added = ((nint)start, length, alarm);
            Lost = lost;
            return _handle;
        }

        public void Remove(nint guarded)
        {
            Removed = guarded;
            Removals++;
        }

        public void Dispose() => MemoryMapping.Guard = null;
    }
}
