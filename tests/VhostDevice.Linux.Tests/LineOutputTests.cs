// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;

namespace VhostDevice.Linux.Tests;

/// <summary>A log that nobody reads loses lines; whoever writes them never waits.</summary>
public sealed unsafe class LineOutputTests : LeakChecked
{
    private static readonly Func<long, string> s_lost = static n => string.Create(CultureInfo.InvariantCulture, $"{n} lost");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_full_pipe_costs_lines_which_the_next_one_counts(bool nonBlocking)
    {
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking);
        using (read)
        using (write)
            AssertLosesAndCounts(read, write);
    }

    [Fact]
    public void A_full_socket_costs_lines_which_the_next_one_counts()
    {
        (OwnedFd read, OwnedFd write) = Expect.NewPair();
        using (read)
        using (write)
            AssertLosesAndCounts(read, write);
    }

    [Fact]
    public void Who_may_wait_hears_of_room()
    {
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: false);
        using (read)
        using (write)
        {
            LineOutput output = new(write.Fd);
            Assert.True(output.WaitForRoom(0));
            OnThread.Run(() => output.Write(new string('x', 200_000), s_lost));
            Assert.False(output.WaitForRoom(0));
            bool hasRoom = false;
            Thread waiter = new(() => hasRoom = output.WaitForRoom(Expect.Timeout));
            waiter.Start();
            _ = Drain(read);
            Assert.True(waiter.Join(Expect.Timeout));
            Assert.True(hasRoom);
        }
    }

    /// <summary>A line longer than what is free leaves its beginning; the next one begins anew.</summary>
    [Fact]
    public void A_torn_line_ends_before_the_next_begins()
    {
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: false);
        using (read)
        using (write)
        {
            LineOutput output = new(write.Fd);
            OnThread.Run(() => output.Write(new string('x', 200_000), s_lost));
            Assert.Equal(1, output.Lost);
            string torn = Drain(read);
            Assert.True(torn.Length is > 0 and < 200_000);
            output.Write("next", s_lost);
            Assert.Equal("\n1 lost\nnext\n", Drain(read));
        }
    }

    [Fact]
    public void A_reader_that_has_gone_is_no_loss_to_count()
    {
        SignalFd.IgnoreBrokenPipes();
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: false);
        read.Dispose();
        using (write)
        {
            LineOutput output = new(write.Fd);
            output.Write("line", s_lost);
            Assert.Equal(0, output.Lost);
        }
    }

    [Fact]
    public void A_file_gets_every_line()
    {
        using TempFolder folder = new();
        string path = folder.Path("log");
        Files.Create(path, out OwnedFd? file).Ok();
        using (file)
        {
            LineOutput output = new(file!.Fd);
            for (int i = 0; i < 1000; i++)
                output.Write("line", s_lost);
        }

        Assert.Equal(1000, File.ReadAllLines(path).Length);
    }

    private static void AssertLosesAndCounts(OwnedFd read, OwnedFd write)
    {
        LineOutput output = new(write.Fd);
        int sent = 0;
        OnThread.Run(() =>
        {
            while (output.Lost < 3)
            {
                output.Write("line", s_lost);
                sent++;
            }
        });
        string[] taken = Drain(read).Split('\n');
        Assert.All(taken[..^1], l => Assert.Equal("line", l));
        Assert.Equal(sent - 3, taken.Length - 1);
        output.Write("after", s_lost);
        Assert.Equal("3 lost\nafter\n", Drain(read));
        Assert.Equal(0, output.Lost);
    }

    private static string Drain(OwnedFd read)
    {
        StringBuilder text = new();
        byte* buffer = stackalloc byte[4096];
        while (NoWaitIo.Read(read.Fd, buffer, 4096, out _) is > 0 and nint n)
            text.Append(Encoding.UTF8.GetString(buffer, (int)n));
        return text.ToString();
    }
}
