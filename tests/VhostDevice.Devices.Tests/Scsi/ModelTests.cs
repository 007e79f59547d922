// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Reads, writes, zeroes and unmaps in any order, against an array of bytes; in files, with each engine, in both ring layouts.</summary>
[Collection(DeviceCollection.Name)]
public sealed class ModelTests : LeakChecked
{
    private const int Blocks = 2048;
    private const int Rounds = 400;

    [Theory]
    [InlineData("ring", "/dev/shm", false, false, 1)]
    [InlineData("ring", "/var/tmp", false, false, 2)]
    [InlineData("ring", "/var/tmp", true, true, 3)]
    [InlineData("threads", "/var/tmp", false, false, 4)]
    [InlineData("threads", "/var/tmp", true, true, 5)]
    [InlineData("memory", "", true, false, 6)]
    [InlineData("mapped", "/dev/shm", true, false, 7)]
    public void The_disk_is_an_array_of_bytes(string engineName, string folder, bool packed, bool direct, int seed)
    {
        using StandInGuard? guard = engineName == "mapped" ? new StandInGuard() : null;
        IIoEngine? engine = MakeEngine(engineName);
        string path = Path.Combine(folder, $"scsi-{Environment.ProcessId}-{seed}");
        if (engine is not null)
            File.WriteAllBytes(path, new byte[Blocks * 512]);
        try
        {
            BlockStore? store = engine is null
                ? new MemoryStore(new byte[Blocks * 512])
                : FileStore.Open(path, new FileStoreOptions(ReadOnly: false, direct), engine, out _);
            Assert.SkipWhen(store is null, "no O_DIRECT here");
            using ScsiFixture fixture = new(store, engine, options: new LogicalUnitOptions { Thin = store.CanDiscard });
            using FrontEndDevice guest = fixture.Attach(packed ? ScsiGuest.Options.Packed() : ScsiGuest.Options);
            byte[] model = new byte[Blocks * 512];
            Random random = new(seed);
            for (int i = 0; i < Rounds; i++)
                Act(guest, model, random, store.CanDiscard);
            for (int lba = 0; lba < Blocks; lba += 256)
                Assert.True(
                    guest.Scsi($"28 00 {lba:X8} 00 0100 00", 256 * 512).Data.AsSpan()
                        .SequenceEqual(model.AsSpan(lba * 512, 256 * 512)),
                    $"from block {lba} on");
            Assert.Equal(0, guest.Scsi("35 00 00000000 00 0000 00").Status);
            if (engine is not null)
                Assert.True(File.ReadAllBytes(path).AsSpan().SequenceEqual(model));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static IIoEngine? MakeEngine(string name)
    {
        switch (name)
        {
            case "memory":
                return null;
            case "threads" or "mapped":
                return new ThreadEngine();
            default:
                Errno errno = RingEngine.Create(out RingEngine? ring);
                Assert.SkipWhen(errno.IsError, $"io_uring: {errno}");
                return ring;
        }
    }

    private static void Act(FrontEndDevice guest, byte[] model, Random random, bool canUnmap)
    {
        int lba = random.Next(Blocks);
        int count = random.Next(1, Math.Min(64, Blocks - lba) + 1);
        Span<byte> part = model.AsSpan(lba * 512, count * 512);
        switch (random.Next(canUnmap ? 6 : 5))
        {
            case 0 or 1:
                byte[] data = new byte[count * 512];
                random.NextBytes(data);
                data.CopyTo(part);
                Assert.Equal(0, guest.Scsi($"8A {(random.Next(4) == 0 ? "08" : "00")} {lba:X16} {count:X8} 00 00", data: data).Status);
                break;
            case 2:
                byte[] block = new byte[512];
                if (random.Next(2) == 0)
                    random.NextBytes(block);
                for (int i = 0; i < count; i++)
                    block.CopyTo(part[(i * 512)..]);
                Assert.Equal(0, guest.Scsi($"41 00 {lba:X8} 00 {count:X4} 00", data: block).Status);
                break;
            case 5:
                byte[] list = new byte[24];
                list[1] = 22;
                list[3] = 16;
                BinaryPrimitives.WriteUInt64BigEndian(list.AsSpan(8), (ulong)lba);
                BinaryPrimitives.WriteUInt32BigEndian(list.AsSpan(16), (uint)count);
                part.Clear();
                Assert.Equal(0, guest.Scsi("42 00 00000000 00 0018 00", data: list).Status);
                break;
            default:
                Reply reply = guest.Scsi($"28 00 {lba:X8} 00 {count:X4} 00", count * 512);
                Assert.Equal(0, reply.Status);
                Assert.True(reply.Data.AsSpan().SequenceEqual(part));
                break;
        }
    }
}
