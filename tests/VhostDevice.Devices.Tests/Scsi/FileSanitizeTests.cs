// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>SANITIZE of files: the loop goes on meanwhile.</summary>
[Collection(DeviceCollection.Name)]
public sealed class FileSanitizeTests : LeakChecked
{
    private const int Length = 40 << 20;

    public static TheoryData<string, string, bool> Ways => new()
    {
        { "ring", "/dev/shm", false },
        { "ring", "/var/tmp", false },
        { "ring", "/var/tmp", true },
        { "threads", "/dev/shm", false },
        { "threads", "/var/tmp", false },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void The_file_is_what_the_last_pass_made_of_it(string engineName, string folder, bool direct)
    {
        string path = Path.Combine(folder, $"scsi-sanitize-{Guid.NewGuid():N}");
        try
        {
            File.WriteAllBytes(path, new byte[Length]);
            using StandInGuard guard = new();
            IIoEngine engine = Engine(engineName);
            FileStore? store = FileStore.Open(path, new FileStoreOptions(ReadOnly: false, direct), engine, out string problem);
            if (store is null)
                engine.Dispose();
            Assert.SkipWhen(store is null, problem);
            using ScsiFixture fixture = new(store, engine, options: new LogicalUnitOptions { Thin = true });
            using FrontEndDevice guest = fixture.Attach();
            // In memory it is mapped by now.
            Assert.Equal(0, guest.Scsi("2A 00 00000010 00 0008 00", data: new byte[4096]).Status);
            Assert.Equal(0, guest.Scsi("48 81 0000000000 0006 00", data: Disk.Bytes("83 00 0002 5AA5")).Status);
            // Twelve steps of writing and three flushes, after each of which the loop may do something else.
            bool heard = false;
            Assert.True(SpinWait.SpinUntil(() => IsReady(guest, ref heard), TimeSpan.FromSeconds(20)));
            Assert.True(heard);
            byte[] content = File.ReadAllBytes(path);
            Assert.Equal(Length, content.Length);
            for (int at = 0; at < Length; at += 2)
                Assert.True(content[at] == 0x5A && content[at + 1] == 0xA5);
            Assert.Equal(content[..4096], guest.Scsi("28 00 00000010 00 0008 00", 4096).Data);

            Assert.Equal(0, guest.Scsi("48 02 0000000000 0000 00").Status);
            Assert.Equal(new byte[4096], guest.Scsi("28 00 00000010 00 0008 00", 4096).Data);
            Assert.Equal(-1, File.ReadAllBytes(path).AsSpan().IndexOfAnyExcept((byte)0));
            // All of it is a hole.
            Assert.Equal("01", Convert.ToHexString(guest.Scsi("9E 12 0000000000000000 00000018 00 00", 24).Data[20..21]));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static bool IsReady(FrontEndDevice guest, ref bool heard)
    {
        Reply reply = guest.Scsi("00 00 00 00 00 00");
        heard |= reply.Sense == "02/04/1B";
        Assert.True(reply.Sense is "" or "02/04/1B", reply.Sense);
        return reply.Status == 0;
    }

    private static IIoEngine Engine(string name)
    {
        if (name == "threads")
            return new ThreadEngine();
        Assert.SkipWhen(RingEngine.Create(out RingEngine? ring).IsError, "no io_uring here");
        return ring!;
    }
}
