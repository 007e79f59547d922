// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Program.Tests.Rng;

/// <summary>--rng-source: files, FIFOs and devices, which may end, fail, or keep their reader waiting.</summary>
public sealed class SourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_files_bytes_come_exactly_once_and_in_order()
    {
        byte[] content = Known(300_000);
        using Daemon daemon = Daemon.Start("-f", WriteFile(content));
        using Guest guest = daemon.Connect();
        Assert.Equal(content[..100], guest.Collect(100, 7));
        Assert.Equal(content[100..], guest.Collect(content.Length - 100, 5000));
    }

    /// <summary>In a chroot or a container without /dev: the kernel's generator needs no file, but one that is named is meant.</summary>
    [Fact]
    public void Without_dev_urandom_the_default_is_still_the_kernels_generator()
    {
        using (ChildProcess daemon = WithoutUrandom())
        {
            daemon.Err.WaitFor("listening on ");
            using (Guest guest = Guest.Connect(_folder.At("rng0")))
                Assert.NotEqual(guest.Ask(64), guest.Ask(64));
            daemon.Signal(Libc.SIGTERM);
            Assert.Equal(0, daemon.WaitForExit());
        }

        using ChildProcess named = WithoutUrandom("-f", "/dev/urandom");
        Assert.Equal(1, named.WaitForExit());
        named.Err.WaitFor("the random source /dev/urandom cannot be opened: No such file or directory");
    }

    [Fact]
    public void The_source_goes_on_for_the_next_guest_and_the_next_socket()
    {
        byte[] content = Known(1000);
        using Daemon daemon = Daemon.Start(new TemporaryFolder(), 2, "-f", WriteFile(content));
        for (int i = 0; i < 10; i++)
        {
            using Guest guest = daemon.Connect(i % 2);
            Assert.Equal(content[(i * 100)..(i * 100 + 100)], guest.Collect(100));
        }
    }

    [Fact]
    public void A_file_that_ends_is_waited_for_and_told_of_once()
    {
        string path = WriteFile([1, 2, 3]);
        using Daemon daemon = Daemon.Start("-f", path);
        using Guest guest = daemon.Connect();
        Assert.Equal([1, 2, 3], guest.Collect(3));
        daemon.Log.WaitFor("has no more bytes");
        guest.Submit(guest.Room, 8);
        // The end is met again and again, which only the count of its reads shows.
        long reads = Reads(daemon);
        Eventually.Holds(() => Reads(daemon) >= reads + 2, () => "the source is not read again");
        Assert.False(guest.Queue.HasUsed, "An answer without bytes was given.");
        File.AppendAllText(path, "more");
        Assert.Equal("more"u8, guest.Answer(guest.Room, 8));
        int again = daemon.Log.WaitFor("delivers again");
        daemon.Log.WaitFor("has no more bytes", after: again);
        Assert.Single(daemon.Log.Lines[..again], l => l.Contains("has no more bytes", StringComparison.Ordinal));
        daemon.Stop();
    }

    [Fact]
    public void An_empty_file_is_waited_for()
    {
        string path = WriteFile([]);
        using Daemon daemon = Daemon.Start("-f", path);
        using Guest guest = daemon.Connect();
        daemon.Log.WaitFor("has no more bytes");
        guest.Submit(guest.Room, 8);
        File.AppendAllText(path, "12345678");
        Assert.Equal("12345678"u8, guest.Answer(guest.Room, 8));
    }

    [Fact]
    public async Task A_fifos_writer_may_be_late_and_may_change()
    {
        string fifo = _folder.MakeFifo("fifo");
        using Daemon daemon = Daemon.Start("-f", fifo);
        using Guest guest = daemon.Connect();
        guest.Submit(guest.Room, 100);
        Assert.NotEqual(0ul, guest.Device.Connection.GetFeatures());
        Assert.False(guest.Queue.HasUsed);
        Write(fifo, "late"u8);
        Assert.Equal("late"u8, guest.Answer(guest.Room, 100));

        daemon.Log.WaitFor("has no more bytes");
        byte[] content = Known(200_000);
        Task writing = Task.Run(() => Write(fifo, content), TestContext.Current.CancellationToken);
        Assert.Equal(content, guest.Collect(content.Length));
        await writing.WaitAsync(Patience.Time, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_fifo_that_waits_holds_nobody_up()
    {
        string fifo = _folder.MakeFifo("fifo");
        using Daemon daemon = Daemon.Start("-f", fifo);
        for (int i = 0; i < 3; i++)
        {
            using Guest guest = daemon.Connect();
            guest.Submit(guest.Room, 16);
            Assert.Equal([0u], guest.Device.Stop());
        }

        Write(fifo, "now"u8);
        using Guest last = daemon.Connect();
        Assert.Equal("now"u8, last.Ask(16));
    }

    [Fact]
    public void A_device_without_end()
    {
        using Daemon daemon = Daemon.Start("-f", "/dev/zero");
        using Guest guest = daemon.Connect();
        Assert.Equal(new byte[100_000], guest.Collect(100_000));
    }

    [Fact]
    public void A_source_that_cannot_be_read_is_an_error_in_the_log()
    {
        // It opens, and address 0 of no process can be read.
        using Daemon daemon = Daemon.Start("-f", "/proc/self/mem");
        daemon.Log.WaitFor("ERROR vhost_device_rng] random source /proc/self/mem cannot be read: Input/output error");
        using Guest guest = daemon.Connect();
        guest.Submit(guest.Room, 16);
        Assert.Equal([0u], guest.Device.Stop());
        daemon.Stop();
    }

    // -D: the daemon is the child, and strace goes its own way.
    private ChildProcess WithoutUrandom(params string[] options)
    {
        const string strace = "/usr/bin/strace";
        Assert.SkipUnless(File.Exists(strace), "needs strace");
        return ChildProcess.Start(
            strace,
            [
                "-D", "-f", "-qq", "-o", "/dev/null", "-P", "/dev/urandom", "-e", "inject=openat,open:error=ENOENT",
                ProgramFile.RngLink, "-s", _folder.At("rng"), .. options,
            ]);
    }

    private static byte[] Known(int length)
    {
        byte[] bytes = new byte[length];
        new Random(20261122).NextBytes(bytes);
        return bytes;
    }

    private static void Write(string fifo, ReadOnlySpan<byte> bytes)
    {
        using FileStream writer = new(fifo, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        writer.Write(bytes);
    }

    private static long Reads(Daemon daemon)
    {
        const string name = "syscr:";
        string line = File.ReadLines($"/proc/{daemon.Process.Id}/io").Single(l => l.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..], CultureInfo.InvariantCulture);
    }

    private string WriteFile(byte[] content)
    {
        string path = _folder.At("source");
        File.WriteAllBytes(path, content);
        return path;
    }
}
