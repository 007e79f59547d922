// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.BackEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Devices;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>
/// The life of a request and of the place that it is about, for every way it may go: sent or not, cancelled or not, and
/// then answered with yes, with no, or never.
/// </summary>
public sealed class RequestQueueTests
{
    private const ulong Page = 4096;

    private static readonly Errno s_none = new(-1); // nothing was told

    private readonly List<Exception> _faults = [];
    private readonly List<SharedPlace> _undone = [];
    private Errno _told = s_none;

    public enum Way
    {
        Yes,
        No,
        Never,
    }

    [Theory]
    [InlineData(true, false, Way.Yes, 0, true, false)]
    [InlineData(true, false, Way.No, 5, false, false)]
    [InlineData(true, false, Way.Never, 107, false, false)]
    [InlineData(true, true, Way.Yes, 125, true, true)]
    [InlineData(true, true, Way.No, 125, false, false)]
    [InlineData(true, true, Way.Never, 125, false, false)]
    [InlineData(false, false, Way.Never, 107, false, false)]
    [InlineData(false, true, Way.Never, 125, false, false)]
    public void A_mapping(bool sent, bool cancelled, Way way, int told, bool isTaken, bool isUndone)
    {
        SharedRegions regions = new([1 << 20]);
        RequestQueue queue = new(_faults.Add);
        using OwnedFd file = Expect.NewMemFd(Page);
        regions.TryTake(new SharedRange(0, 0, Page), out SharedPlace? place).Ok();
        Go(queue, new MapRequest(regions, place!, file, 0, true, Tell, _undone.Add), sent, cancelled, way);
        Assert.Equal(told, _told.Code);
        Assert.Equal(isTaken ? 1 : 0, regions.Count);
        Assert.Equal(isUndone ? [place!] : [], _undone);
        if (isTaken && !isUndone)
            Assert.Equal(SharedPlaceState.Mapped, place!.State);
    }

    [Theory]
    [InlineData(true, false, Way.Yes, 0, false)]
    [InlineData(true, false, Way.No, 5, true)]
    [InlineData(true, false, Way.Never, 107, true)]
    [InlineData(true, true, Way.Yes, 125, false)]
    [InlineData(true, true, Way.No, 125, true)]
    [InlineData(true, true, Way.Never, 125, true)]
    [InlineData(false, false, Way.Never, 107, true)]
    [InlineData(false, true, Way.Never, 125, true)]
    public void An_unmapping(bool sent, bool cancelled, Way way, int told, bool isMapped)
    {
        SharedRegions regions = new([1 << 20]);
        RequestQueue queue = new(_faults.Add);
        SharedRange range = new(0, 0, Page);
        regions.TryTake(range, out SharedPlace? place).Ok();
        place!.State = SharedPlaceState.Unmapping;
        Go(queue, new UnmapRequest(regions, place, Tell), sent, cancelled, way);
        Assert.Equal(told, _told.Code);
        Assert.Equal(isMapped, regions.FindMapped(range) is not null);
        Assert.Equal(isMapped ? 1 : 0, regions.Count);
    }

    [Theory]
    [InlineData(true, Way.Yes)]
    [InlineData(true, Way.No)]
    [InlineData(true, Way.Never)]
    [InlineData(false, Way.Never)]
    public void What_undoes_a_mapping_is_not_cancelled(bool sent, Way way)
    {
        SharedRegions regions = new([1 << 20]);
        RequestQueue queue = new(_faults.Add);
        regions.TryTake(new SharedRange(0, 0, Page), out SharedPlace? place).Ok();
        place!.State = SharedPlaceState.Unknown;
        Assert.True(queue.TryAdd(new UndoRequest(regions, place)));
        if (sent)
            queue.MarkSent();
        queue.Cancel();
        Assert.Equal((1, !sent), (queue.Count, queue.HasUnsent));
        Answer(queue, way);
        Assert.Equal(0, regions.Count);
    }

    [Fact]
    public void A_fault_in_one_end_keeps_no_other_from_its_own()
    {
        RequestQueue queue = new(_faults.Add);
        int ends = 0;
        for (int i = 0; i < 6; i++)
        {
            Assert.True(
                queue.TryAdd(
                    new PlainRequest(
                        BackEndRequest.SharedObjectAdd,
                        [],
                        null,
                        (_, _) => throw new InvalidOperationException($"{++ends}"))));
            if (i < 3)
                queue.MarkSent();
        }

        queue.Answer(Errno.Success, null);
        queue.Cancel();
        queue.Fail(Errno.ENOTCONN);
        Assert.Equal(6, ends);
        Assert.Equal(6, _faults.Count);
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void The_caller_may_close_its_descriptor_at_once()
    {
        RequestQueue queue = new(_faults.Add);
        OwnedFd file = Expect.NewMemFd(Page);
        int number = file.Fd;
        Assert.True(queue.TryAdd(new PlainRequest(BackEndRequest.ShmemMap, [], file, (_, _) => { })));
        file.Dispose();
        Files.Stat(number, out _).Ok();
        Assert.Equal(number, queue.Next.File!.Fd);
        queue.MarkSent();
        Assert.Equal(Errno.EBADF, Files.Stat(number, out _));
        queue.Fail(Errno.ENOTCONN);
    }

    [Theory]
    [InlineData(257, 0UL)]
    [InlineData(1, 4097UL)]
    [InlineData(1, 100UL)]
    public void Regions_that_cannot_be_are_a_mistake_of_the_device(int count, ulong size) =>
        Assert.Throws<ArgumentException>(() => new SharedRegions([.. Enumerable.Repeat(size, count)]));

    [Fact]
    public void Places_are_bounded()
    {
        SharedRegions regions = new([1UL << 40]);
        for (ulong i = 0; i < SharedRegions.MaxPlaces; i++)
            regions.TryTake(new SharedRange(0, i * Page, Page), out _).Ok();
        Assert.Equal(Errno.ENOSPC, regions.TryTake(new SharedRange(0, 1UL << 39, Page), out _));
    }

    [Fact]
    public void A_reset_keeps_the_places_that_an_answer_is_owed_for()
    {
        SharedRegions regions = new([1 << 20]);
        SharedPlaceState[] states = Enum.GetValues<SharedPlaceState>();
        for (int i = 0; i < states.Length; i++)
        {
            regions.TryTake(new SharedRange(0, (ulong)i * Page, Page), out SharedPlace? place).Ok();
            place!.State = states[i];
        }

        regions.Forget();
        Assert.Equal(states.Length - 1, regions.Count);
        Assert.Null(regions.FindMapped(new SharedRange(0, Page, Page)));
    }

    private void Tell(Errno errno)
    {
        Assert.Equal(s_none, _told);
        _told = errno;
    }

    private void Go(RequestQueue queue, ChannelRequest request, bool sent, bool cancelled, Way way)
    {
        Assert.True(queue.TryAdd(request));
        if (sent)
            queue.MarkSent();
        Assert.Equal(s_none, _told);
        if (cancelled)
            queue.Cancel();
        if (queue.Count > 0)
            Answer(queue, way);
        Assert.Equal(0, queue.Count);
        Assert.Empty(_faults);
    }

    private static void Answer(RequestQueue queue, Way way)
    {
        if (way == Way.Never)
            queue.Fail(Errno.ENOTCONN);
        else
            queue.Answer(way == Way.Yes ? Errno.Success : Errno.EIO, null);
    }
}
