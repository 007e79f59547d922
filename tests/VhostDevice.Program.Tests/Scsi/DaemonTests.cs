// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Program.Tests.Scsi;

/// <summary>The daemon in its sandbox, with real files.</summary>
public sealed class DaemonTests : IDisposable
{
    private const int Size = 1 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string[]> Ways => new(
        [],
        ["--io-engine", "threads"],
        ["--cache", "writethrough"],
        ["--cache", "none"],
        ["--direct", "--io-engine", "threads"],
        ["--num-queues", "4", "--solid-state"]);

    [Theory]
    [MemberData(nameof(Ways))]
    public void Every_kind_of_command_works_in_the_sandbox(string[] arguments)
    {
        string image = Image("a.img");
        using ScsiDaemon daemon = new(_folder, [.. arguments, $"path={image},thin=on"]);
        byte[] data = new byte[8192];
        Random.Shared.NextBytes(data);
        Assert.Equal((0, 0), Status(daemon.Run("2A 00 00000008 00 0010 00", data: data)));
        Assert.Equal((0, 0), Status(daemon.Run("2A 08 00000001 00 0001 00", data: data[..512])));
        Assert.Equal((0, 0), Status(daemon.Run("35 00 00000000 00 0000 00")));
        Assert.Equal(data, daemon.Run("28 00 00000008 00 0010 00", 8192).Data);
        Assert.Equal((0, 0), Status(daemon.Run("93 01 0000000000000100 00000010 00 00")));
        Assert.Equal(
            (0, 0),
            Status(
                daemon.Run(
                    "42 00 00000000 00 0018 00",
                    data: Convert.FromHexString("001600100000000000000000000002000000001000000000"))));
        Assert.Equal((0, 0), Status(daemon.Run("9E 12 0000000000000000 00000100 00 00", 256)));
        byte[] file = File.ReadAllBytes(image);
        Assert.Equal(data, file[4096..12288]);
        Assert.Equal(data[..512], file[512..1024]);
        Assert.Equal(-1, file.AsSpan(0x100 * 512, 0x10 * 512).IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, file.AsSpan(0x200 * 512, 0x10 * 512).IndexOfAnyExcept((byte)0));
        // What is done on threads.
        Assert.Equal((0, 0), Status(daemon.Run("34 00 00000000 00 0100 00")));
        Assert.Equal((0, 0), Status(daemon.Run("48 01 0000000000 0005 00", data: [2, 0, 0, 1, 0x5A])));
        Assert.Equal(-1, File.ReadAllBytes(image).AsSpan().IndexOfAnyExcept((byte)0x5A));
        Assert.Equal((0, 0), Status(daemon.Run("48 02 0000000000 0000 00")));
        Assert.Equal(-1, File.ReadAllBytes(image).AsSpan().IndexOfAnyExcept((byte)0));
        daemon.Process.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.Process.WaitForExit());
        Assert.Equal(["a.img"], _folder.Names);
    }

    [Fact]
    public void Read_only_is_read_only()
    {
        string image = Image("a.img");
        // Not even whoever owns the file could write to it so.
        File.SetUnixFileMode(image, UnixFileMode.UserRead);
        byte[] before = File.ReadAllBytes(image);
        using ScsiDaemon daemon = new(_folder, "-r", image);
        Assert.Equal((0, 2), Status(daemon.Run("2A 00 00000000 00 0001 00", data: new byte[512])));
        Assert.Equal((0, 2), Status(daemon.Run("93 01 0000000000000000 00000001 00 00")));
        Assert.Equal(before[..512], daemon.Run("28 00 00000000 00 0001 00", 512).Data);
        Assert.Equal(0x90, daemon.Run("1A 08 3F 00 FF 00", 255).Data[2]);
        Assert.Equal(before, File.ReadAllBytes(image));
    }

    [Fact]
    public void Nothing_that_was_flushed_is_lost_to_a_kill()
    {
        string image = Image("a.img");
        byte[] data = new byte[4096];
        Random.Shared.NextBytes(data);
        using ScsiDaemon daemon = new(_folder, image);
        Assert.Equal((0, 0), Status(daemon.Run("2A 00 00000010 00 0008 00", data: data)));
        Assert.Equal((0, 0), Status(daemon.Run("35 00 00000000 00 0000 00")));
        daemon.Process.Signal(Libc.SIGKILL);
        _ = daemon.Process.WaitForExit();
        Assert.Equal(data, File.ReadAllBytes(image)[0x2000..0x3000]);
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("threads")]
    public void A_limit_of_the_size_of_files_is_a_full_disk(string engine)
    {
        string image = Image("a.img");
        using ScsiDaemon daemon = ScsiDaemon.WithFileLimit(_folder, 512, "--io-engine", engine, image);
        byte[] data = new byte[4096];
        // Half of the image: the last blocks below the limit, and the first ones above it.
        Assert.Equal((0, 0), Status(daemon.Run("2A 00 000003F8 00 0008 00", data: data)));
        Assert.Equal((0, 2), Status(daemon.Run("2A 00 00000400 00 0008 00", data: data)));
        Assert.Equal((0, 0), Status(daemon.Run("28 00 00000400 00 0008 00", 4096)));
        Assert.False(daemon.Process.HasExited);
    }

    [Fact]
    public void A_front_end_that_wants_more_queues_is_told_what_to_change()
    {
        using ScsiDaemon daemon = new(_folder, Image("a.img"));
        Assert.True(EventFd.Create(nonBlocking: true, out OwnedFd? call).IsSuccess);
        using (call)
            _ = daemon.Guest.Connection.SetVringCall(4, call!);
        daemon.Process.Err.WaitFor("SetVringCall for ring 4, but the device has 3 queues: start it with --num-queues 3, or QEMU with num_queues=1");
    }

    [Fact]
    public void A_daemon_without_a_disk_says_so()
    {
        using ChildProcess alone = ChildProcess.Start(ProgramFile.Path, ["scsi", "-s", _folder.At("alone")]);
        alone.Err.WaitFor("WARN");
        Assert.Contains(
            alone.Err.Lines,
            static l =>
                l.Contains(
                    "the guest gets no disk: name an image, or take --control-socket and add images later",
                    StringComparison.Ordinal));
        using ChildProcess later = ChildProcess.Start(
            ProgramFile.Path, ["scsi", "-s", _folder.At("later"), "--control-socket", _folder.At("control")]);
        later.Err.WaitFor("listening on");
        Assert.DoesNotContain(later.Err.Lines, static l => l.Contains("no disk", StringComparison.Ordinal));
    }

    [Fact]
    public void The_page_of_state_names_the_units()
    {
        string image = Image("a.img");
        using ScsiDaemon daemon = new(_folder, image);
        daemon.Process.Signal(Libc.SIGUSR1);
        daemon.Process.Err.WaitFor("state: end");
        Assert.Contains(daemon.Process.Err.Lines, l => l.EndsWith($"  unit 0:0 2048 blocks of 512 read-write {image}", StringComparison.Ordinal));
    }

    [Fact]
    public void An_image_is_not_given_out_twice_even_right_after_a_kill()
    {
        string image = Image("a.img");
        for (int i = 0; i < 5; i++)
        {
            using ScsiDaemon daemon = new(_folder, image);
            CommandResult second = Command.Program("scsi", "-s", _folder.At("second"), image);
            Assert.Contains($"{image} is in use by another program or as another unit", second.RuntimeError(), StringComparison.Ordinal);
            // Something is in flight, and the image in a table of the kernel's.
            Assert.Equal((0, 0), Status(daemon.Run("2A 00 00000000 00 0008 00", data: new byte[4096])));
            daemon.Process.Signal(Libc.SIGKILL);
            _ = daemon.Process.WaitForExit();
        }
    }

    [Fact]
    public void Images_come_and_go_while_the_guest_runs()
    {
        string socket = _folder.At("control");
        string second = Image("b.img");
        using ScsiDaemon daemon = new(_folder, "--control-socket", socket, "--image-folder", _folder.Path, Image("a.img"));
        Assert.Equal([$"0:0 2048 blocks of 512 read-write {_folder.At("a.img")}"], Ask("list").Success());
        daemon.AskForEvent();
        Assert.Equal([$"5:0 256 blocks of 4096 read-only {second}"], Ask("add", $"path={second},target=5,block-size=4096,read-only=on").Success());
        Assert.Equal((1u, 5, 1u), daemon.NextEvent());
        Assert.Equal((0, 2), Status(daemon.Run("000000000000", target: 5)));
        Assert.Equal((0, 0), Status(daemon.Run("28 00 00000000 00 0001 00", 4096, target: 5)));

        daemon.AskForEvent();
        using (FileStream file = File.OpenWrite(second))
            file.SetLength(2 * Size);
        Assert.Equal([$"5:0 512 blocks of 4096 read-only {second}"], Ask("resize", "5").Success());
        Assert.Equal((3u, 5, 0x092Au), daemon.NextEvent());

        daemon.AskForEvent();
        Assert.Empty(Ask("remove", "5:0").Success());
        Assert.Equal((1u, 5, 2u), daemon.NextEvent());
        Assert.Equal(3, daemon.Run("28 00 00000000 00 0001 00", 4096, target: 5).Response);

        Assert.Equal("vhost-device: there is no unit 5:0", Ask("remove", "5").RuntimeError());
        Assert.Equal("vhost-device: there is a unit 0:0 already", Ask("add", $"path={second},target=0").RuntimeError());
        Assert.Equal(
            "vhost-device: /etc/passwd cannot be opened for reading: Permission denied; if it is the sandbox that denies it, "
                + "the file is not in a folder that --image-folder names, or is a link that leads out of it",
            Ask("add", "path=/etc/passwd,read-only=on").RuntimeError());
        Assert.Equal(
            ["added 5:0", "resized 5:0", "removed 5:0"],
            daemon.Process.Err.Lines.Select(static l => l[(l.LastIndexOf("] ", StringComparison.Ordinal) + 2)..])
                .Where(static l => l.Contains(" 5:0 ", StringComparison.Ordinal))
                .Select(static l => string.Join(' ', l.Split(' ')[..2])));

        CommandResult Ask(params string[] words) => Command.Program(["scsi", words[0], "--control-socket", socket, .. words[1..]]);
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("threads")]
    public void Each_queue_may_have_a_loop(string engine)
    {
        const int Queues = 3;
        string socket = _folder.At("control");
        string second = Image("b.img");
        string onDisk = Path.Combine("/var/tmp", $"{Environment.ProcessId}-{engine}.img");
        File.WriteAllBytes(onDisk, new byte[Size]);
        try
        {
            using ScsiDaemon daemon = ScsiDaemon.WithLoops(
                _folder,
                Queues,
                "--io-engine",
                engine,
                "--control-socket",
                socket,
                "--image-folder",
                _folder.Path,
                Image("a.img"),
                $"path={onDisk},target=1");
            byte[] data = new byte[4096];
            Assert.Equal((0, 2), Status(daemon.Run("000000000000", target: 1)));
            for (int round = 0; round < 12; round++)
            {
                Random.Shared.NextBytes(data);
                byte target = (byte)(round % 2);
                Assert.Equal((0, 0), Status(daemon.Run("2A 08 00000010 00 0008 00", data: data, target: target, queue: round % Queues)));
                Assert.Equal(data, daemon.Run("28 00 00000010 00 0008 00", 4096, target: target, queue: (round + 1) % Queues).Data);
                Assert.Equal((0, 0), Status(daemon.Run("35 00 00000000 00 0000 00", target: target, queue: (round + 2) % Queues)));
                // A unit comes and goes while the others are in use.
                _ = Command.Program("scsi", "add", "--control-socket", socket, $"path={second},target=5").Success();
                Assert.Equal((0, 2), Status(daemon.Run("000000000000", target: 5, queue: round % Queues)));
                Assert.Equal((0, 0), Status(daemon.Run("28 00 00000000 00 0001 00", 512, target: 5, queue: (round + 1) % Queues)));
                _ = Command.Program("scsi", "remove", "--control-socket", socket, "5:0").Success();
                Assert.Equal(3, daemon.Run("28 00 00000000 00 0001 00", 512, target: 5, queue: (round + 2) % Queues).Response);
            }

            string[] threads =
            [
                .. Directory.GetDirectories($"/proc/{daemon.Process.Id}/task")
                    .Select(t => File.ReadAllText(Path.Combine(t, "comm")).Trim()),
            ];
            Assert.Contains("queue-1", threads);
            Assert.Contains("queue-2", threads);
            Assert.DoesNotContain("queue-3", threads);
            daemon.Process.Signal(Libc.SIGTERM);
            Assert.Equal(0, daemon.Process.WaitForExit());
        }
        finally
        {
            File.Delete(onDisk);
        }
    }

    [Fact]
    public void Reservations_outlive_the_process()
    {
        string image = $"path={Image("a.img")},reservations={_folder.At("pr")}";
        using (ScsiDaemon daemon = new(_folder, image))
        {
            Assert.Equal(
                (0, 0),
                Status(
                    daemon.Run(
                        "5F 00 00 0000 00000018 00",
                        data: Convert.FromHexString("0000000000000000000000000000000A0000000001000000"))));
            Assert.Equal(
                (0, 0),
                Status(
                    daemon.Run(
                        "5F 01 03 0000 00000018 00",
                        data: Convert.FromHexString("000000000000000A00000000000000000000000000000000"))));
            daemon.Process.Signal(Libc.SIGKILL);
            _ = daemon.Process.WaitForExit();
        }

        using ScsiDaemon next = new(_folder, image);
        Assert.Equal("0000000000000010000000000000000A0000000000030000", Convert.ToHexString(next.Run("5E 01 0000000000 00FF 00", 255).Data));
    }

    [Fact]
    public void An_image_in_memory_may_lose_its_end()
    {
        using TemporaryFile memory = new($"/dev/shm/vhost-device-test-{Environment.ProcessId}", Size);
        using ScsiDaemon daemon = new(_folder, memory.Path);
        byte[] data = new byte[8192];
        Random.Shared.NextBytes(data);
        Assert.Equal((0, 0), Status(daemon.Run("2A 00 00000008 00 0010 00", data: data)));
        Assert.Equal(data, daemon.Run("28 00 00000008 00 0010 00", 8192).Data);
        Assert.Contains(File.ReadLines($"/proc/{daemon.Process.Id}/maps"), l => l.EndsWith(memory.Path, StringComparison.Ordinal));

        // It is not there any more: an access to it is SIGBUS, a medium error for the guest.
        memory.SetLength(4096);
        Assert.Equal((0, 2), Status(daemon.Run("28 00 00000008 00 0010 00", 8192)));
        Assert.Equal((0, 0), Status(daemon.Run("28 00 00000000 00 0008 00", 4096)));
        Assert.Equal((0, 0), Status(daemon.Run("2A 00 00000008 00 0010 00", data: data)));
        Assert.Equal(data, daemon.Run("28 00 00000008 00 0010 00", 8192).Data);
        Assert.Equal(data, File.ReadAllBytes(memory.Path)[4096..12288]);
    }

    private static (byte Response, byte Status) Status((byte Response, byte Status, byte[] Data) answer) => (answer.Response, answer.Status);

    private string Image(string name)
    {
        byte[] bytes = new byte[Size];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(_folder.At(name), bytes);
        return _folder.At(name);
    }

    /// <summary>Gone when it is disposed.</summary>
    private sealed class TemporaryFile : IDisposable
    {
        internal TemporaryFile(string path, long length)
        {
            Path = path;
            File.WriteAllBytes(path, new byte[length]);
        }

        internal string Path { get; }

        internal void SetLength(long length)
        {
            using FileStream file = File.OpenWrite(Path);
            file.SetLength(length);
        }

        public void Dispose() => File.Delete(Path);
    }
}
