// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Files that somebody cuts off or removes under the disk, and those that are larger than old commands can say.</summary>
[Collection(DeviceCollection.Name)]
public sealed class FileFaultTests : LeakChecked
{
    private const string Last = "28 00 000007FF 00 0001 00";

    public static TheoryData<string, string, bool> Ways => new()
    {
        { "ring", "/dev/shm", false },
        { "ring", "/var/tmp", false },
        { "ring", "/var/tmp", true },
        { "threads", "/dev/shm", false },
        { "threads", "/var/tmp", false },
        { "threads", "/var/tmp", true },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_file_that_is_cut_off(string engine, string folder, bool direct)
    {
        WithFile(engine, folder, direct, 1 << 20, (guest, path) =>
        {
            Assert.Equal((0, 0), Status(guest.Scsi(Last, 512)));
            using (FileStream file = File.OpenWrite(path))
                file.SetLength(1 << 19);
            // The part that is there, what is beyond it, and a read that begins before the end.
            Assert.Equal((0, 0), Status(guest.Scsi("28 00 00000000 00 0010 00", 16 * 512)));
            Assert.Equal("03/11/00", guest.Scsi("28 00 00000600 00 0010 00", 16 * 512).Sense);
            Reply reply = guest.Scsi("28 00 000003F8 00 0010 00", 16 * 512);
            Assert.Equal(("03/11/00", 16 * 512u), (reply.Sense, reply.Residual));
            Assert.Equal("03/11/00", guest.Scsi("2F 00 00000600 00 0010 00").Sense);
            // A write brings the file back up to its end; and the disk goes on.
            Assert.Equal((0, 0), Status(guest.Scsi("2A 00 000007F8 00 0008 00", data: new byte[4096])));
            Assert.Equal((0, 0), Status(guest.Scsi("28 00 00000600 00 0010 00", 16 * 512)));
            Assert.Equal(1 << 20, new FileInfo(path).Length);
        });
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_file_that_is_removed_stays_until_the_disk_lets_it_go(string engine, string folder, bool direct)
    {
        WithFile(engine, folder, direct, 1 << 20, (guest, path) =>
        {
            byte[] data = new byte[4096];
            new Random(3).NextBytes(data);
            File.Delete(path);
            Assert.Equal((0, 0), Status(guest.Scsi("2A 08 00000010 00 0008 00", data: data)));
            Assert.Equal((0, 0), Status(guest.Scsi("35 00 00000000 00 0000 00")));
            Assert.Equal(data, guest.Scsi("28 00 00000010 00 0008 00", 4096).Data);
        });
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Three_terabytes(string engine, string folder, bool direct)
    {
        const ulong size = 3ul << 40;
        WithFile(engine, folder, direct, (long)size, (guest, path) =>
        {
            Assert.Equal("FFFFFFFF00000200", Convert.ToHexString(guest.Scsi("25 00 00000000 0000 00 00", 8).Data));
            Assert.Equal("000000017FFFFFFF00000200", Convert.ToHexString(guest.Scsi("9E 10 0000000000000000 0000000C 00 00", 12).Data));
            byte[] data = new byte[8192];
            new Random(4).NextBytes(data);
            // Around 2^32 blocks, and at the end; nothing of it at the same place modulo 2^32.
            foreach (string lba in (string[])["00000000FFFFFFF8", "000000017FFFFFF0"])
            {
                Assert.Equal((0, 0), Status(guest.Scsi($"8A 00 {lba} 00000010 00 00", data: data)));
                Assert.Equal(data, guest.Scsi($"88 00 {lba} 00000010 00 00", 8192).Data);
                Assert.Equal((0, 0), Status(guest.Scsi($"8F 02 {lba} 00000010 00 00", data: data)));
            }

            Assert.Equal(new byte[4096], guest.Scsi("28 00 00000000 00 0008 00", 4096).Data);
            Assert.Equal(new byte[8192], guest.Scsi("28 00 7FFFFFF0 00 0010 00", 8192).Data);
            Assert.Equal((0, 0), Status(guest.Scsi("93 01 0000000100000000 00000008 00 00")));
            Assert.Equal(new byte[4096], guest.Scsi("88 00 0000000100000000 00000008 00 00", 4096).Data);
            Assert.Equal(data[..4096], guest.Scsi("88 00 00000000FFFFFFF8 00000008 00 00", 4096).Data);
            Assert.Equal("05/21/00", guest.Scsi("88 00 000000017FFFFFFF 00000002 00 00", 1024).Sense);
            using FileStream file = File.OpenRead(path);
            file.Position = (long)size - 8192;
            byte[] last = new byte[8192];
            file.ReadExactly(last);
            Assert.Equal(data, last);
        });
    }

    private static (int Response, int Status) Status(Reply reply) => (reply.Response, reply.Status);

    private static void WithFile(string engineName, string folder, bool direct, long length, Action<FrontEndDevice, string> test)
    {
        string path = Path.Combine(folder, $"scsi-fault-{Guid.NewGuid():N}");
        using (FileStream file = File.Create(path))
        {
            try
            {
                file.SetLength(length);
            }
            catch (IOException e)
            {
                File.Delete(path);
                Assert.Skip($"no file of {length} bytes in {folder}: {e.Message}");
            }
        }

        try
        {
            IIoEngine engine;
            if (engineName == "threads")
            {
                engine = new ThreadEngine();
            }
            else
            {
                Assert.SkipWhen(RingEngine.Create(out RingEngine? ring).IsError, "no io_uring here");
                engine = ring!;
            }

            FileStore? store = FileStore.Open(path, new FileStoreOptions(ReadOnly: false, direct), engine, out string problem);
            if (store is null)
                engine.Dispose();
            Assert.SkipWhen(store is null, problem);
            using ScsiFixture fixture = new(store, engine, options: new LogicalUnitOptions { Thin = true });
            using FrontEndDevice guest = fixture.Attach();
            test(guest, path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
