// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio.Memory;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Devices that are given addresses in the payload of their requests.</summary>
[Collection(BackEndCollection.Name)]
public sealed class MemoryHoldTests : LeakChecked
{
    private const ulong Page = IommuGuest.Page;
    private const ulong Added = 0x1_0000_0000;

    [Fact]
    public void A_device_finds_memory_by_an_address_in_a_request()
    {
        using TestBackEnd<AddressDevice> backEnd = new(() => new AddressDevice());
        using FrontEndDevice front = backEnd.Attach();
        ulong place = front.Memory.Allocate(2 * Page);
        Assert.Equal(TranslationOutcome.Found, Fill(front, place + 100, 5000, 0x77));
        Assert.Equal(new byte[100], front.Memory.Span(place, 100).ToArray());
        Assert.True(front.Memory.Span(place + 100, 5000).IndexOfAnyExcept((byte)0x77) < 0);
        Assert.Equal(TranslationOutcome.Outside, Fill(front, 0x10, 1, 1));
        Assert.Equal(TranslationOutcome.Outside, Fill(front, place, uint.MaxValue, 1));
        Assert.Equal(TranslationOutcome.Outside, Fill(front, ulong.MaxValue, 2, 1));
    }

    [Fact]
    public void What_it_writes_there_is_in_the_dirty_log()
    {
        using TestBackEnd<AddressDevice> backEnd = new(() => new AddressDevice());
        using FrontEndDevice front = backEnd.Attach(TestOptions.Migrating);
        ulong place = front.Memory.Allocate(3 * Page, Page);
        using DirtyBitmap log = DirtyBitmap.For(front.Memory);
        Assert.Equal(TranslationOutcome.Found, Fill(front, place, (uint)Page, 1));
        Assert.DoesNotContain(log.Take(), p => InPlace(p, place));
        front.StartLog(log);
        _ = log.Take();
        Assert.Equal(TranslationOutcome.Found, Fill(front, place + Page - 1, 2, 2));
        Assert.Equal([place, place + Page], log.Take().Where(p => InPlace(p, place)).Order());
    }

    [Fact]
    public void Memory_that_goes_is_told_and_stays_mapped_until_the_hold_ends()
    {
        using TestBackEnd<AddressDevice> backEnd = new(() => new AddressDevice { KeepsHolds = true });
        using FrontEndDevice front = backEnd.Attach();
        int changes = backEnd.With(d => d.MemoryChanges);
        Assert.True(changes > 0);
        FrontEndRegion region = front.Memory.AddRegion(new RegionLayout(Added, 1 << 20));
        front.UpdateMemory();
        Assert.Equal(changes + 1, backEnd.With(d => d.MemoryChanges));
        Assert.Equal(TranslationOutcome.Found, Fill(front, Added, 16, 3));
        int mapped = Mappings();

        front.Memory.RemoveRegion(region);
        front.UpdateMemory();
        Assert.Equal(changes + 2, backEnd.With(d => d.MemoryChanges));
        // The front-end's own mapping is gone, the back-end's is not.
        Assert.Equal(mapped - 1, Mappings());
        Assert.Equal(TranslationOutcome.Outside, Fill(front, Added, 16, 3));
        backEnd.With(static d =>
        {
            foreach (MemoryHold hold in d.Kept)
                hold.Dispose();
        });
        Assert.Equal(mapped - 2, Mappings());
    }

    [Fact]
    public void A_hold_outlives_the_connection()
    {
        int before = Mappings();
        using TestBackEnd<AddressDevice> backEnd = new(() => new AddressDevice { KeepsHolds = true });
        FrontEndDevice front = backEnd.Attach();
        Assert.Equal(TranslationOutcome.Found, Fill(front, front.Memory.Allocate(16), 16, 3));
        front.Dispose();
        backEnd.WaitForConnections(0);
        Assert.Equal(before + 1, Mappings());
        backEnd.With(static d => d.Kept[0].Dispose());
        Assert.Equal(before, Mappings());
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 3)]
    public void Behind_an_IOMMU_the_request_waits_for_the_translation(bool packed, int loops)
    {
        using TestBackEnd<AddressDevice> backEnd = new(() => new AddressDevice(), iommu: true, loops: loops);
        using IommuGuest guest = new(backEnd.Connect(), packed: packed);
        DriverQueue queue = guest.Queues[0];
        guest.Start(queue);
        ulong place = guest.Memory.Allocate(3 * Page, Page);
        ulong question = guest.Memory.Allocate(Page, Page);
        ulong answer = guest.Memory.Allocate(Page, Page);
        guest.Memory.Write(question, Request(place + 8, (uint)(2 * Page), 0x44));
        guest.Unmap(place + Page);
        queue.Add(DriverBuffer.Readable(question, 16), DriverBuffer.Writable(answer, 1));
        queue.Submit();
        guest.AnswerUntil(() => guest.Asked.Exists(a => a.Address / Page == (place / Page) + 1), "the second page is asked for");
        Assert.False(queue.TryPop(out _));
        guest.Map(place + Page);
        Assert.Equal(1u, guest.Take(queue).Length);
        Assert.Equal((byte)TranslationOutcome.Found, guest.Memory.Span(answer, 1)[0]);
        Assert.True(guest.Memory.Span(place + 8, (int)(2 * Page)).IndexOfAnyExcept((byte)0x44) < 0);
        // One for each page of the place. A kick that arrives after the loop found the request by itself is another look,
        // and asks again, as does each update that answers that.
        Assert.True(backEnd.With(d => d.PutBacks) >= 3);
    }

    private static bool InPlace(ulong page, ulong place) => page - place < 3 * Page;

    private static TranslationOutcome Fill(FrontEndDevice front, ulong address, uint length, byte fill) =>
        (TranslationOutcome)Assert.Single(front.Request(0, Request(address, length, fill), 1));

    private static byte[] Request(ulong address, uint length, byte fill)
    {
        AddressRequest request = new() { Address = address, Length = length, Fill = fill };
        return MemoryMarshal.AsBytes(new ReadOnlySpan<AddressRequest>(in request)).ToArray();
    }

    // Of guest memory, by front-end and back-end together, which share this process.
    private static int Mappings() => File.ReadLines("/proc/self/maps").Count(static l => l.Contains("guest-memory", StringComparison.Ordinal));
}
