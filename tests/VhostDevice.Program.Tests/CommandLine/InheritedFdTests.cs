// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.CommandLine;

/// <summary>--fd, as the vhost-user specification has it ("Back-end program conventions").</summary>
public sealed class InheritedFdTests
{
    [Fact]
    public void A_listening_socket_serves_guest_after_guest()
    {
        using TemporaryFolder folder = new();
        string path = folder.At("socket");
        using OwnedFd listener = Sockets.Listen(path);
        using ChildProcess daemon = Start(9, listener);
        daemon.Err.WaitFor($"listening on {path}");
        for (int i = 0; i < 2; i++)
        {
            using Guest guest = Guest.Connect(path);
            Assert.Equal(64, guest.Ask(64).Length);
        }

        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        // Whoever made the socket removes it.
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void A_connection_is_the_only_one()
    {
        FrontEndConnection connection = FrontEndConnection.CreatePair(out OwnedFd backEnd);
        using ChildProcess daemon = Start(3, backEnd);
        backEnd.Dispose();
        daemon.Err.WaitFor("serving the connection on fd 3");
        using (Guest guest = Guest.Attach(connection))
            Assert.Equal(64, guest.Ask(64).Length);
        Assert.Equal(0, daemon.WaitForExit());
    }

    [Fact]
    public void A_front_end_that_leaves_without_a_word_ends_it()
    {
        (OwnedFd frontEnd, OwnedFd backEnd) = Sockets.Pair();
        using ChildProcess daemon = Start(3, backEnd);
        backEnd.Dispose();
        frontEnd.Dispose();
        Assert.Equal(0, daemon.WaitForExit());
    }

    [Fact]
    public void Sigterm_ends_it_with_the_front_end_connected()
    {
        FrontEndConnection connection = FrontEndConnection.CreatePair(out OwnedFd backEnd);
        using ChildProcess daemon = Start(3, backEnd);
        backEnd.Dispose();
        using Guest guest = Guest.Attach(connection);
        Assert.NotEmpty(guest.Ask(8));
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }

    [Theory]
    [InlineData("99")]
    [InlineData("2147483647")]
    public void A_descriptor_that_is_not_open(string number) =>
        Assert.Equal(
            $"vhost-device-rng: file descriptor {number} is not open: it must be inherited from the program that starts this one",
            Command.Rng("--fd", number).RuntimeError());

    [Theory]
    [InlineData("0")] // /dev/null
    [InlineData("1")] // a pipe
    [InlineData("3")] // nothing, or something of the program's own
    public void A_descriptor_of_something_else(string number) =>
        Assert.Equal(
            $"vhost-device-rng: file descriptor {number} is no Unix stream socket inherited from the program that starts this one",
            Command.Rng("--fd", number).RuntimeError());

    [Fact]
    public void A_datagram_socket()
    {
        using TemporaryFolder folder = new();
        using OwnedFd datagrams = Sockets.BindDatagram(folder.At("socket"));
        CommandResult result = Command.Run(ProgramFile.RngLink, ["--fd", "3"], new ChildOptions { Inherited = [(3, datagrams)] });
        Assert.Equal(
            "vhost-device-rng: file descriptor 3 is no Unix stream socket inherited from the program that starts this one",
            result.RuntimeError());
    }

    private static ChildProcess Start(int number, OwnedFd fd) =>
        ChildProcess.Start(ProgramFile.RngLink, [$"--fd={number}"], new ChildOptions { Inherited = [(number, fd)] });
}
