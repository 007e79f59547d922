// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.Program.Tests.Hostile;

/// <summary>What no front-end would say. The connection may end; the process, and the next guest, do not notice.</summary>
public sealed class MessageTests(Survivor daemon) : IClassFixture<Survivor>
{
    private static readonly byte[] s_noise = Noise(8192);

    // After these the connection is over.
    private static readonly Dictionary<string, Action<FrontEndConnection>> s_fatal = new()
    {
        ["noise"] = c => c.SendRaw(s_noise),
        ["zeros"] = c => c.SendRaw(new byte[4096]),
        ["ones"] = c => c.SendRaw(Enumerable.Repeat((byte)0xff, 4096).ToArray()),
        ["version 0"] = c => Header(c, 1, 0, 0),
        ["version 2"] = c => Header(c, 1, 2, 0),
        ["a reply"] = c => Header(c, 1, 5, 0),
        ["4097 bytes"] = c => Header(c, 24, 1, 4097),
        ["4 GiB"] = c => Header(c, 24, 1, uint.MaxValue),
        ["request 0"] = c => Header(c, 0, 1, 0),
        ["request 45"] = c => Header(c, 45, 1, 0),
        ["request 2^32-1"] = c => Header(c, uint.MaxValue, 1, 0),
        ["a question with a payload"] = c => c.Send(FrontEndRequest.GetFeatures, new byte[8]),
        ["features of 7 bytes"] = c => c.Send(FrontEndRequest.SetFeatures, new byte[7]),
        ["features of 9 bytes"] = c => c.Send(FrontEndRequest.SetFeatures, new byte[9]),
        ["ring number without a payload"] = c => c.Send(FrontEndRequest.SetVringNum),
        ["ring number with a descriptor"] = c => WithDescriptors(1, fds => c.Send(FrontEndRequest.SetVringNum, new byte[8], fds)),
        ["32 descriptors for a question"] = c => WithDescriptors(32, fds => c.Send(FrontEndRequest.GetFeatures, default, fds)),
        ["200 descriptors for a question"] = c => WithDescriptors(200, fds => c.Send(FrontEndRequest.GetFeatures, default, fds)),
        ["two kicks in one message"] = c => WithDescriptors(2, fds => c.Send(FrontEndRequest.SetVringKick, new byte[8], fds)),
        ["descriptors in every byte"] = c => WithDescriptors(20, fds =>
        {
            for (int i = 0; i < 12; i++)
                c.SendRaw([(byte)(i == 0 ? 1 : 0)], fds);
        }),
        ["features that were not offered"] = c => c.SetFeatures(ulong.MaxValue),
        ["protocol features that were not offered"] = c => c.SetProtocolFeatures((ProtocolFeatures)ulong.MaxValue),
        ["in-band notifications alone"] = c => c.SetProtocolFeatures(ProtocolFeatures.InbandNotifications),
        ["ring 1 of 1"] = c => c.SetVringNum(1, 64),
        ["base of ring 2^32-1"] = c => c.Send(FrontEndRequest.GetVringBase, Bytes(new VringState { Index = uint.MaxValue })),
        ["ring of 0"] = c => c.SetVringNum(0, 0),
        ["ring of 65"] = c => c.SetVringNum(0, 65),
        ["ring of 2^31"] = c => c.SetVringNum(0, 1u << 31),
        ["base of 2^31"] = c => c.SetVringBase(0, 1u << 31),
        ["enabled 7 times over"] = c => c.Send(FrontEndRequest.SetVringEnable, Bytes(new VringState { Num = 7 })),
        ["a kick without a descriptor"] = c => c.Send(FrontEndRequest.SetVringKick, new byte[8]),
        ["a kick for ring 200"] = c => WithDescriptors(1, fds => c.Send(FrontEndRequest.SetVringKick, [200, 0, 0, 0, 0, 0, 0, 0], fds)),
        ["a kick that is a file"] = c => WithFile(fd => c.Send(FrontEndRequest.SetVringKick, new byte[8], fd)),
        ["a call that is a file"] = c => WithFile(fd => c.Send(FrontEndRequest.SetVringCall, new byte[8], fd)),
        ["memory of no region"] = c => Table(c, 0, [default]),
        ["memory of 2^32-1 regions"] = c => Table(c, uint.MaxValue, [Region()]),
        ["memory of 33 regions"] = c => Table(c, 33, [.. Enumerable.Repeat(Region(), 33)]),
        ["memory without descriptors"] = c => c.SetMemTable([Region()], []),
        ["memory with too many descriptors"] = c => Memory(c, 1, Region(), Region()),
        ["memory of size 0"] = c => Memory(c, 1, Region(size: 0)),
        ["memory of 16 EiB"] = c => Memory(c, 1, Region(size: ulong.MaxValue)),
        ["memory that wraps around"] = c => Memory(c, 1, Region(guest: ulong.MaxValue - 0xfff, size: 0x2000)),
        ["memory with user addresses that wrap around"] = c => Memory(c, 1, Region(user: ulong.MaxValue - 0xfff, size: 0x2000)),
        ["memory beyond its file"] = c => Memory(c, 1, Region(offset: 0x10000)),
        ["memory with an offset that wraps around"] = c => Memory(c, 1, Region(offset: ulong.MaxValue - 0xfff)),
        ["memory that overlaps"] = c => Memory(c, 2, Region(), Region(guest: 0x1000)),
        ["memory that is an eventfd"] = c => WithDescriptors(1, fds => c.SetMemTable([Region()], fds)),
        ["memory that is removed and never was"] = c =>
        {
            Protocol(c);
            c.Send(FrontEndRequest.RemMemReg, Bytes(new SingleMemoryRegion { Region = Region() }));
        },
        ["a region without a descriptor"] = c =>
        {
            Protocol(c);
            c.Send(FrontEndRequest.AddMemReg, Bytes(new SingleMemoryRegion { Region = Region() }));
        },
        ["status of 9 bits"] = c => { Protocol(c); c.SetStatus(256); },
    };

    // These are in order, if odd; the connection is left in the middle of it.
    private static readonly Dictionary<string, Action<FrontEndConnection>> s_odd = new()
    {
        ["nothing"] = _ => { },
        ["one byte"] = c => c.SendRaw([1]),
        ["half a header"] = c => c.SendRaw([1, 0, 0, 0, 1, 0]),
        ["a header without its payload"] = c => Header(c, 2, 1, 8),
        ["a header with half of its payload and descriptors"] = c =>
            WithDescriptors(
                8,
                fds =>
                    c.SendRaw(
                        Bytes(new MessageHeader { Request = 5, Flags = MessageFlags.Version1, PayloadSize = 40 }),
                        fds)),
        ["everything twice"] = c => { for (int i = 0; i < 2; i++) { c.SetOwner(); c.SetFeatures(0); c.ResetOwner(); } },
        ["a thousand questions at once"] = c => { for (int i = 0; i < 1000; i++) c.Send(FrontEndRequest.GetFeatures); },
        ["a base before anything else"] = c => Assert.Equal(0u, c.GetVringBase(0)),
        ["rings outside of memory"] = c =>
        {
            Memory(c, 1, Region());
            c.SetVringNum(0, 64);
            c.SetVringAddr(new VringAddress { Descriptor = 0x10000, Available = ulong.MaxValue - 1, Used = 0xfffc });
            WithDescriptors(1, fds => c.Send(FrontEndRequest.SetVringKick, new byte[8], fds));
            Assert.NotEqual(0ul, c.GetFeatures());
        },
        ["rings that are not aligned"] = c =>
        {
            Memory(c, 1, Region());
            c.SetVringAddr(new VringAddress { Descriptor = 1, Available = 3, Used = 5 });
            WithDescriptors(1, fds => c.Send(FrontEndRequest.SetVringKick, new byte[8], fds));
            Assert.NotEqual(0ul, c.GetFeatures());
        },
        ["a thousand memory tables"] = c =>
        {
            for (int i = 0; i < 1000; i++)
                Memory(c, 1, Region(guest: (ulong)i << 20));
            Assert.NotEqual(0ul, c.GetFeatures());
        },
        ["a thousand kicks and calls"] = c =>
        {
            for (int i = 0; i < 1000; i++)
            {
                WithDescriptors(1, fds => c.Send(FrontEndRequest.SetVringKick, new byte[8], fds));
                WithDescriptors(1, fds => c.Send(FrontEndRequest.SetVringCall, new byte[8], fds));
            }

            Assert.NotEqual(0ul, c.GetFeatures());
        },
    };

    public static TheoryData<string> Fatal => [.. s_fatal.Keys];

    public static TheoryData<string> Odd => [.. s_odd.Keys];

    [Theory]
    [MemberData(nameof(Fatal))]
    public void Thrown_out(string attack)
    {
        using FrontEndConnection connection = FrontEndConnection.Connect(daemon.Socket);
        try
        {
            s_fatal[attack](connection);
        }
        catch (FrontEndException e) when (e.Failure == FrontEndFailure.Disconnected)
        {
            // It was faster.
        }

        Assert.True(connection.WaitForDisconnect(Patience.Time), "The connection goes on.");
        daemon.AssertUnharmed();
    }

    [Theory]
    [MemberData(nameof(Odd))]
    public void Put_up_with(string attack)
    {
        using (FrontEndConnection connection = FrontEndConnection.Connect(daemon.Socket))
            s_odd[attack](connection);
        daemon.AssertUnharmed();
    }

    private static void Header(FrontEndConnection c, uint request, uint flags, uint size) =>
        c.SendRaw(new MessageHeader { Request = request, Flags = (MessageFlags)flags, PayloadSize = size });

    private static void Protocol(FrontEndConnection c) => c.SetProtocolFeatures(ProtocolFeatures.Status | ProtocolFeatures.ConfigureMemSlots);

    private static MemoryRegionEntry Region(ulong guest = 0, ulong size = 0x10000, ulong user = 0, ulong offset = 0) =>
        new() { GuestAddress = guest, Size = size, UserAddress = user, MmapOffset = offset };

    private static void Table(FrontEndConnection c, uint count, MemoryRegionEntry[] entries) =>
        c.Send(
            FrontEndRequest.SetMemTable,
            [.. Bytes(new MemoryTableHeader { Count = count }), .. MemoryMarshal.AsBytes<MemoryRegionEntry>(entries)]);

    private static void Memory(FrontEndConnection c, int regions, params MemoryRegionEntry[] entries)
    {
        Assert.True(MemFd.Create("guest-hostile", 0x10000, out OwnedFd? fd).IsSuccess);
        using (fd)
            c.SetMemTable(entries.AsSpan(0, regions), [.. entries.Select(_ => fd!.Fd)]);
    }

    private static void WithDescriptors(int count, Action<int[]> use)
    {
        Assert.True(EventFd.Create(nonBlocking: true, out OwnedFd? fd).IsSuccess);
        using (fd)
            use([.. Enumerable.Repeat(fd!.Fd, count)]);
    }

    private static void WithFile(Action<int[]> use)
    {
        Assert.True(Files.Open("/proc/self/status", write: false, nonBlocking: false, out OwnedFd? fd).IsSuccess);
        using (fd)
            use([fd!.Fd]);
    }

    private static byte[] Bytes<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

    private static byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        new Random(7).NextBytes(noise);
        return noise;
    }
}
