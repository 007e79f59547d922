// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;

namespace VhostDevice.Linux.Tests;

public class OwnedFdTests : LeakChecked
{
    [Fact]
    public void Dispose_closes_once()
    {
        OwnedFd fd = Expect.NewEventFd();
        int number = fd.Fd;
        fd.Dispose();
        Assert.Equal(-1, fd.Fd);
        Assert.False(Native.IsOpen(number));

        // The number now belongs to somebody else, whom a second Dispose must not hit.
        using OwnedFd other = Expect.NewEventFd();
        Assert.Equal(number, other.Fd);
        fd.Dispose();
        Assert.True(Native.IsOpen(number));
    }

    [Fact]
    public void A_duplicate_is_the_same_file_and_lives_on()
    {
        using OwnedFd fd = Expect.NewEventFd();
        using OwnedFd copy = Expect.Made(fd.Duplicate(out OwnedFd? c), c);
        Assert.NotEqual(fd.Fd, copy.Fd);
        Assert.True(Native.ClosesOnExec(copy.Fd));
        EventFd.Signal(fd.Fd).Ok();
        fd.Dispose();
        EventFd.Consume(copy.Fd, out ulong count).Ok();
        Assert.Equal(1UL, count);
    }

    [Fact]
    public void A_duplicate_never_takes_the_place_of_a_standard_stream()
    {
        using OwnedFd fd = Expect.NewEventFd();
        using OwnedFd copy = Expect.Made(fd.Duplicate(out OwnedFd? c), c);
        Assert.True(copy.Fd > 2);
    }

    [Fact]
    public void A_closed_one_cannot_be_duplicated()
    {
        OwnedFd fd = Expect.NewEventFd();
        fd.Dispose();
        Assert.Equal(Errno.EBADF, fd.Duplicate(out OwnedFd? copy));
        Assert.Null(copy);
    }

    [Fact]
    public void Finalization_closes_what_was_forgotten()
    {
        int number = Forget();
        for (int i = 0; i < 10 && Native.IsOpen(number); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(Native.IsOpen(number));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Forget() => Expect.NewEventFd().Fd;
}
