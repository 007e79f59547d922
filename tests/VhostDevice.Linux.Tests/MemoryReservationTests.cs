// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>Addresses into which files are mapped and taken out again.</summary>
public sealed unsafe class MemoryReservationTests : LeakChecked
{
    private static readonly ulong s_page = (ulong)Environment.SystemPageSize;

    [Fact]
    public void Parts_of_files_are_mapped_and_taken_out()
    {
        MemFd.Create("test", 4 * s_page, out OwnedFd? file).Ok();
        MemoryReservation.Create(16 * s_page, out MemoryReservation? made).Ok();
        using (file)
        using (MemoryReservation reservation = made!)
        {
            Assert.Equal(16 * s_page, reservation.Length);
            reservation.Map(2 * s_page, s_page, file!.Fd, s_page, writable: true).Ok();
            reservation.Map(5 * s_page, 4 * s_page, file.Fd, 0, writable: false).Ok();
            reservation.Address[(2 * s_page) + 7] = 0x42;
            Assert.Equal(0x42, reservation.Address[(6 * s_page) + 7]);
            reservation.Unmap(2 * s_page, s_page).Ok();
            reservation.Map(2 * s_page, 2 * s_page, file.Fd, 0, writable: true).Ok();
            Assert.Equal(0x42, reservation.Address[(3 * s_page) + 7]);
        }
    }

    [Fact]
    public void A_large_one_takes_addresses_and_no_memory()
    {
        MemoryReservation.Create(1UL << 36, out MemoryReservation? made).Ok();
        using MemoryReservation reservation = made!;
        Assert.True(reservation.Address != null);
    }

    [Fact]
    public void What_is_not_within_it_is_refused()
    {
        MemFd.Create("test", s_page, out OwnedFd? file).Ok();
        MemoryReservation.Create(4 * s_page, out MemoryReservation? made).Ok();
        using (file)
        {
            MemoryReservation reservation = made!;
            Assert.Equal(Errno.EINVAL, reservation.Map(4 * s_page, s_page, file!.Fd, 0, true));
            Assert.Equal(Errno.EINVAL, reservation.Map(3 * s_page, 2 * s_page, file.Fd, 0, true));
            Assert.Equal(Errno.EINVAL, reservation.Map(0, 0, file.Fd, 0, true));
            Assert.Equal(Errno.EINVAL, reservation.Map(ulong.MaxValue - s_page + 1, s_page, file.Fd, 0, true));
            Assert.Equal(Errno.EINVAL, reservation.Map(0, ulong.MaxValue, file.Fd, 0, true));
            Assert.Equal(Errno.EINVAL, reservation.Unmap(4 * s_page, s_page));
            Assert.Equal(Errno.EBADF, reservation.Map(0, s_page, -1, 0, true));
            reservation.Dispose();
            Assert.Equal(Errno.EINVAL, reservation.Map(0, s_page, file.Fd, 0, true));
            Assert.Equal(Errno.EINVAL, MemoryReservation.Create(0, out _));
        }
    }
}
