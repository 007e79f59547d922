// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Fuzz.Ring;

/// <summary>Hand-made inputs of the ring target: one for each shape and each kind of mischief.</summary>
internal static class RingSeeds
{
    // Numbers of landmarks (GuestLayout.Landmarks) and of lengths (HostileDriver).
    private const byte Data = 1;
    private const byte Table = 2;
    private const byte EndOfFirst = 3;
    private const byte EndOfThird = 8;
    private const byte Unmapped = 10;
    private const byte EndOfLast = 13;
    private const byte Page = 0xe7;       // 0x1000
    private const byte Whole = 0xe9;      // 0x4800: all three neighbours
    private const byte TwoGiB = 0xeb;
    private const byte FourGiB = 0xed;
    private const byte Next = 1;
    private const byte Write = 2;
    private const byte Indirect = 4;

    // Of a packed ring's descriptor in the first lap, as HostileDriver takes it.
    private const byte Avail = 0x80;
    private const byte Used = 0x40;

    internal static IEnumerable<(string Name, byte[] Input)> All =>
    [
        ("empty", []),
        ("direct", new RingInput().Descriptor(0, Data, 16, Next, 1).Descriptor(1, Data, 32, Write).Offer(0).Serve().Bytes),
        ("spanning", new RingInput().Descriptor(0, EndOfFirst, Page, Write).Descriptor(1, 0, Whole, 0).Offer(0).Offer(1).Serve().Bytes),
        ("indirect", Indirectly(16, Next, 1).TableEntry(16, Data, 8, Write).Offer(0).Serve().Bytes),
        ("mixed", new RingInput().Descriptor(0, Data, 4, Next, 1).Descriptor(1, Table, 32, Indirect)
            .TableEntry(0, Data, 8, Next, 1).TableEntry(16, Data, 8, Write).Offer(0).Serve().Bytes),
        ("table-over-regions", new RingInput().Descriptor(0, EndOfFirst, 48, Indirect)
            .Entry(0x2ff0, Data, 8, Next, 1).Entry(0x3000, Data, 8, Next, 2).Entry(0x3010, Data, 8, Write).Offer(0).Serve().Bytes),
        ("loop", new RingInput().Descriptor(0, Data, 1, Next, 1).Descriptor(1, Data, 1, Next).Offer(0).Offer(1).Serve().Bytes),
        ("next-out-of-range", new RingInput().Descriptor(0, Data, 1, Next, 0xff).Offer(0).Serve().Bytes),
        ("table-loop", Indirectly(16, Next, 0).Offer(0).Serve().Bytes),
        ("table-next-out-of-range", Indirectly(16, Next, 9).Offer(0).Serve().Bytes),
        ("table-in-table", Indirectly(16, Indirect).Offer(0).Serve().Bytes),
        ("table-then-next", new RingInput().Descriptor(0, Table, 16, Indirect | Next, 1).Offer(0).Serve().Bytes),
        ("table-of-0", new RingInput().Descriptor(0, Table, 0, Indirect).Offer(0).Serve().Bytes),
        ("table-of-17", new RingInput().Descriptor(0, Table, 17, Indirect).Offer(0).Serve().Bytes),
        ("table-at-the-end", new RingInput().Descriptor(0, EndOfFirst, 16, Indirect).Descriptor(1, EndOfThird, 16, Indirect)
            .Entry(0x2ff0, Data, 8, Next, 1).Entry(0x47f0, Data, 8, Next, 1).Offer(0).Offer(1).Serve().Bytes),
        ("table-unmapped", new RingInput().Descriptor(0, Unmapped, 16, Indirect).Offer(0).Serve().Bytes),
        ("table-wraps", new RingInput().Descriptor(0, EndOfLast, Whole, Indirect).Offer(0).Serve().Bytes),
        ("length-0", new RingInput().Descriptor(0, Unmapped, 0, Next, 1).Descriptor(1, Data, 0, Write).Offer(0).Serve().Bytes),
        ("too-long", new RingInput().Descriptor(0, Data, TwoGiB, Next, 1).Descriptor(1, Data, FourGiB, Write).Offer(0).Offer(1).Serve().Bytes),
        (
            "unmapped",
            new RingInput()
                .Descriptor(0, Unmapped, 1)
                .Descriptor(1, EndOfThird, 17)
                .Descriptor(2, 15, 1)
                .Offer(0)
                .Offer(1)
                .Offer(2)
                .Serve().Bytes),
        (
            "last-byte",
            new RingInput()
                .Descriptor(0, EndOfThird, 16, Write)
                .Descriptor(1, EndOfLast, 16)
                .Descriptor(2, 14, 1, Write)
                .Offer(0)
                .Offer(1)
                .Offer(2)
                .Serve().Bytes),
        ("readable-after-writable", new RingInput().Descriptor(0, Data, 1, Write | Next, 1).Descriptor(1, Data, 1).Offer(0).Serve().Bytes),
        ("same-head-twice", new RingInput().Descriptor(0, Data, 1, Write).Offer(0).Offer(0).Pop(2).Complete(0, 1).Publish().Offer(0).Pop(1).Bytes),
        ("head-out-of-range", new RingInput().Offer(0xff).Descriptor(0, Data, 1).Offer(0).Offer(16).Serve().Bytes),
        (
            "index-jumps",
            new RingInput()
                .Descriptor(0, Data, 1)
                .Offer(0)
                .Pop(1)
                .AvailableIndex(0x4000)
                .Pop(1)
                .Complete(0, 1)
                .Publish()
                .Restart(0)
                .Serve().Bytes),
        ("index-goes-back", new RingInput().Descriptor(0, Data, 1).Offer(0).Offer(0).AvailableIndex(1).Serve().AvailableIndex(0).Serve().Bytes),
        (
            "wrap-around",
            new RingInput(start: 0xfffe)
                .Descriptor(0, Data, 4, Write)
                .Offer(0)
                .Serve()
                .Wishes(0, 0xffff)
                .Offer(0)
                .Serve()
                .Offer(0)
                .Serve().Bytes),
        ("out-of-order", new RingInput().Descriptor(0, Data, 4, Write).Descriptor(1, Data, 5, Write).Descriptor(2, Data, 6, Write)
            .Offer(0).Offer(1).Offer(2).Pop(3).Complete(2, 9).Complete(0, 1).Publish().Complete(0, 0xfe).Publish().Bytes),
        ("no-interrupt", new RingInput(features: 2).Wishes(1, 0).Descriptor(0, Data, 4, Write).Offer(0).Serve().Wishes(0, 0).Offer(0).Serve().Bytes),
        ("notify-on-empty", new RingInput(features: 7).Wishes(1, 9).Descriptor(0, Data, 4, Write).Offer(0).Serve().Offer(0).Serve().Bytes),
        (
            "left-in-the-ring",
            new RingInput().Descriptor(
                0,
                Data,
                4).Offer(0).Offer(0).Turn(9).EndTurn().RequestKicks().Turn(0).Pop(1).EndTurn().RequestKicks().Bytes),
        (
            "memory-goes",
            new RingInput()
                .Descriptor(0, EndOfThird, 16, Write)
                .Offer(0)
                .Pop(1)
                .Memory(0b0011)
                .Use(0, 31)
                .Complete(0, 16)
                .Publish()
                .Offer(0)
                .Serve().Bytes),
        (
            "memory-shared-anew",
            new RingInput()
                .Descriptor(0, Data, 16, Write)
                .Offer(0)
                .Pop(1)
                .Memory(0x8f)
                .Complete(0, 16)
                .Publish()
                .Offer(0)
                .Serve().Bytes),
        (
            "ring-goes",
            new RingInput()
                .Descriptor(0, Data, 16, Write)
                .Offer(0)
                .Offer(0)
                .Pop(1)
                .Memory(0b1110)
                .Late(1)
                .Memory(0x0f)
                .Restart(0)
                .Serve().Bytes),
        ("late", new RingInput().Descriptor(0, Data, 16, Write).Offer(0).Pop(1).Restart(0).Late(1).Offer(0).Serve().Bytes),
        ("ring-at-the-end-used", new RingInput(layout: 4).Descriptor(15, Data, 4, Write).Offer(15).Serve().RequestKicks().Bytes),
        ("ring-at-the-end-descriptors", new RingInput(layout: 5).Descriptor(15, Data, 4, Write).Offer(15).Serve().RequestKicks().Bytes),
        ("ring-at-the-end-available", new RingInput(layout: 6).Descriptor(15, Data, 4, Write).Offer(15).Serve().RequestKicks().Bytes),
        ("ring-sticks-out-descriptors", new RingInput(layout: 8).Serve().Bytes),
        ("ring-sticks-out-available", new RingInput(layout: 9).Serve().Bytes),
        ("ring-sticks-out-used", new RingInput(layout: 10).Serve().Bytes),
        ("ring-in-another-region", new RingInput(layout: 7).Descriptor(0, 0, Whole, Write).Offer(0).Serve().RequestKicks().Bytes),
        ("available-over-descriptors", new RingInput(layout: 1).Descriptor(0, Data, 4, Write).Offer(0).Serve().Offer(0).Serve().Bytes),
        ("used-over-available", new RingInput(layout: 2).Descriptor(0, Data, 4, Write).Offer(0).Serve().Offer(0).Serve().Bytes),
        ("used-over-descriptors", new RingInput(layout: 3).Descriptor(0, Data, 4, Write).Offer(0).Serve().Offer(0).Serve().Bytes),
        ("device-writes-the-ring", new RingInput().Descriptor(0, 0, Whole, Write).Offer(0).Serve().Offer(0).Serve().Bytes),

        ("packed-list", Packed().Descriptor(1, Data, 32, Write | Avail, 5).Descriptor(0, Data, 16, Next | Avail).Serve().Bytes),
        (
            "packed-indirect",
            Packed()
                .TableEntry(0, Data, 4)
                .TableEntry(16, Data, 8, Write)
                .Descriptor(0, Table, 32, Indirect | Avail, 3)
                .Serve().Bytes),
        ("packed-table-over-regions", Packed().Descriptor(0, EndOfFirst, 48, Indirect | Avail).Serve().Bytes),
        ("packed-table-in-list", Packed().Descriptor(1, Table, 32, Indirect | Avail).Descriptor(0, Data, 4, Next | Avail).Serve().Bytes),
        (
            "packed-no-end",
            Packed(size: 3)
                .Descriptor(0, Data, 1, Next | Avail)
                .Descriptor(1, Data, 1, Next | Avail)
                .Descriptor(2, Data, 1, Next | Avail)
                .Serve().Bytes),
        (
            "packed-into-held",
            Packed(size: 2)
                .Descriptor(0, Data, 1, Write | Avail)
                .Pop(1)
                .Descriptor(1, Data, 1, Next | Avail)
                .Pop(1)
                .Complete(0, 1)
                .Publish().Bytes),
        ("packed-id-out-of-range", Packed().Descriptor(0, Data, 1, Write | Avail, 0xff).Descriptor(1, Data, 1, Write | Avail, 16).Serve().Bytes),
        (
            "packed-id-twice",
            Packed()
                .Descriptor(0, Data, 1, Write | Avail, 2)
                .Descriptor(1, Data, 1, Write | Avail, 2)
                .Pop(2)
                .Complete(0, 1)
                .Publish().Bytes),
        ("packed-laps", Packed(size: 2).Descriptor(0, Data, 4, Write | Avail).Descriptor(1, Data, 4, Write | Avail, 1).Serve()
            .Offer(0).Offer(1).Serve().Offer(0).Serve().Restart(0).Offer(1).Serve().Bytes),
        ("packed-second-lap", Packed(start: 2).Descriptor(2, Data, 4, Write | Used).Serve().Bytes),
        ("packed-base-of-no-sense", Packed(size: 4, start: 5).Serve().Bytes),
        ("packed-out-of-order", Packed().Descriptor(0, Data, 1, Write | Avail)
            .Descriptor(1, Data, 2, Write | Avail, 1).Descriptor(2, Data, 3, Write | Avail, 2)
            .Pop(3).Complete(1, 2).Publish().Complete(1, 3).Complete(0, 1).Publish().Bytes),
        ("packed-in-order", Packed(features: 27).Descriptor(0, Data, 1, Write | Avail)
            .Descriptor(1, Unmapped, 2, Write | Avail, 1).Descriptor(2, Data, 3, Write | Avail, 2)
            .Pop(3).Complete(1, 3).Publish().Complete(0, 1).Publish().Bytes),
        (
            "packed-in-order-stop",
            Packed(features: 27)
                .Descriptor(0, Data, 1, Write | Avail)
                .Descriptor(1, Data, 2, Write | Avail, 1)
                .Pop(2)
                .Complete(1, 2)
                .Restart(0)
                .Late(0).Bytes),
        ("packed-wishes", Packed().Wishes(2, 0x8001).Descriptor(0, Data, 1, Write | Avail).Serve().Wishes(1, 0)
            .Descriptor(1, Data, 1, Write | Avail).Serve()
            .Wishes(2, 0xffff).Descriptor(2, Data, 1, Write | Avail).Serve().Bytes),
        ("packed-at-the-end", Packed(layout: 5).Descriptor(0, Data, 4, Write | Avail).Serve().Bytes),
        ("packed-sticks-out", Packed(layout: 8).Serve().Bytes),
        ("packed-event-sticks-out", Packed(layout: 10).Serve().Bytes),
        ("packed-event-over-descriptors", Packed(layout: 3).Descriptor(0, Data, 4, Write | Avail).Serve().Serve().Bytes),
        ("packed-device-writes-the-ring", Packed().Descriptor(0, 0, Whole, Write | Avail).Serve().Offer(1).Serve().Bytes),
    ];

    private static RingInput Packed(byte size = 16, byte features = 11, ushort start = 0, byte layout = 0) =>
        new((byte)(size - 1), features, start, layout);

    /// <summary>Descriptor 0 is a table whose first entry is this.</summary>
    private static RingInput Indirectly(byte length, byte flags, byte next = 0) =>
        new RingInput().Descriptor(0, Table, 32, Indirect).TableEntry(0, Data, length, flags, next);
}
