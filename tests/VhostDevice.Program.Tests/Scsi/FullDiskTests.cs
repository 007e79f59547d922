// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Scsi;

/// <summary>An image that is larger than the file system it is in, a tmpfs of 1 MiB in a namespace of the daemon's own.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const int Image = 8 << 20;
    private const int Chunk = 4096;
    private const byte Good = 0;

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _data = new byte[Chunk];

    public FullDiskTests()
    {
        Directory.CreateDirectory(_folder.At("small"));
        CommandResult mount = Command.Run("/usr/bin/unshare", ["-Urm", "/bin/mount", "-t", "tmpfs", "none", _folder.At("small")]);
        Assert.SkipWhen(mount.Status != 0, $"no namespace to mount in: {string.Join(' ', mount.Err)}");
        new Random(6).NextBytes(_data);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_full_disk_goes_on_and_takes_writes_again_when_there_is_space()
    {
        using ScsiDaemon daemon = Start("true");
        int written = Fill(daemon, 0);
        Assert.InRange(written, 100, (1 << 20) / Chunk);
        for (int i = 0; i < 3; i++)
            Assert.Equal("07/27/07", Write(daemon, written + i));
        // What is there can be read and written, what is not there reads as zeroes.
        for (int chunk = 0; chunk < written; chunk += 17)
        {
            Assert.Empty(Write(daemon, chunk));
            Assert.Equal(_data, Read(daemon, chunk));
        }

        Assert.Equal(new byte[Chunk], Read(daemon, written));
        Assert.Equal(Good, daemon.Run("35 00 00000000 00 0000 00").Status);

        // 16 chunks are given back: so many can be written elsewhere.
        Assert.Equal(
            Good,
            daemon.Run(
                "42 00 00000000 00 0018 00",
                data: Convert.FromHexString("001600100000000000000000000000000000008000000000")).Status);
        Assert.Equal(16, Fill(daemon, 1000));
        Assert.Equal(new byte[Chunk], Read(daemon, 0));
        Assert.Equal(_data, Read(daemon, 1000));
        Assert.False(daemon.Process.HasExited);
    }

    [Fact]
    public void A_block_that_somebody_else_took_away_is_not_written_into_a_full_file_system()
    {
        using ScsiDaemon daemon = Start("fallocate --punch-hole --offset 40960 --length 4096 disk; dd if=/dev/zero of=ballast bs=4096", "rm ballast");
        Assert.Empty(Write(daemon, 10));
        // It is mapped and known to be there.
        Assert.Empty(Write(daemon, 10));
        Assert.Equal(_data, Read(daemon, 10));
        Next();
        Assert.Equal("07/27/07", Write(daemon, 10));
        Assert.Equal(new byte[Chunk], Read(daemon, 10));
        Assert.False(daemon.Process.HasExited);
        Next();
        Assert.Empty(Write(daemon, 10));
        Assert.Equal(_data, Read(daemon, 10));
    }

    // Beside the daemon runs a shell that does one of the steps for each line, and answers with one.
    private ScsiDaemon Start(params string[] steps)
    {
        _ = _folder.MakeFifo("ask");
        _ = _folder.MakeFifo("answer");
        string helper = string.Concat(steps.Select(static s => $"read -r -t 60 line <>../ask || exit; {{ {s}; }}; echo done >../answer; "));
        string script = $"mount -t tmpfs -o size=1m none '{_folder.At("small")}' && cd '{_folder.At("small")}' && truncate -s {Image} disk && "
            + $"{{ ({helper}) </dev/null >/dev/null 2>&1 & }} && exec \"$0\" \"$@\"";
        return ScsiDaemon.Behind(_folder, "/usr/bin/unshare", ["-Urm", "/bin/bash", "-c", script], $"path={_folder.At("small/disk")},thin=on");
    }

    private void Next()
    {
        File.WriteAllText(_folder.At("ask"), "next\n");
        Assert.Equal("done\n", File.ReadAllText(_folder.At("answer")));
    }

    // Writes chunks until there is no space, and says how many.
    private int Fill(ScsiDaemon daemon, int chunk)
    {
        int count = 0;
        while (true)
        {
            string sense = Write(daemon, chunk + count);
            if (sense.Length > 0)
            {
                Assert.Equal("07/27/07", sense);
                return count;
            }

            count++;
        }
    }

    // The sense data; nothing when it went well.
    private string Write(ScsiDaemon daemon, int chunk)
    {
        (byte response, byte status, _) = daemon.Run($"2A 00 {chunk * (Chunk / 512):X8} 00 0008 00", data: _data);
        Assert.Equal(0, response);
        Assert.Equal(status == Good, daemon.Sense.Length == 0);
        return daemon.Sense;
    }

    private static byte[] Read(ScsiDaemon daemon, int chunk) => daemon.Run($"28 00 {chunk * (Chunk / 512):X8} 00 0008 00", Chunk).Data;
}
