// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Control;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Hosting.Control;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

[Collection(DeviceCollection.Name)]
public sealed partial class ControlTests : LeakChecked
{
    [Fact]
    public void Parameters_are_listed_read_and_set()
    {
        using Fixture f = new();
        using Client client = f.Connect();
        Assert.Equal(["- 21.5", "ok"], client.Ask("get temp0 temperature"));
        Assert.Equal(["ok"], client.Ask("set lm75@48 temperature 42.5"));
        Assert.Equal(["- 42.5", "ok"], client.Ask("get temp0 temperature"));
        Assert.Equal(0x2a80, new Master(f.Board.PortsOf<SimulatedI2cBus>()[0]).ReadWord(0x48, 0));
        Assert.Equal(
            [
                "- temp0 connected on (lm75; on or off)", "- temp0 temperature 42.5 °C (lm75; -55 to 125)",
                "- temp0 alarm off (lm75; read only)", "ok",
            ],
            client.Ask("list temp0"));
        Assert.Equal("ok", client.Ask("list")[^1]);
    }

    [Theory]
    [InlineData(
        "make tea",
        "error there is no command 'make': list, get, set, send, error, key, type, move, click, "
                + "scroll, touch, stick, trigger, turn, play, picture, press, release, watch")]
    [InlineData("get temp0", "error get PART PARAMETER")]
    [InlineData(
        "get temp9 temperature",
        "error there is no part 'temp9': temp0, temp1, power0, eeprom0, rtc0, motion0, expander0, "
            + "loop0, flash0, adc0, thermo0, expander1, card0, display0, kbd0, mouse0, button0, led0, button1, led1, pull-expander, pull-alarm")]
    [InlineData("get temp0 colour", "error temp0 has no 'colour': connected, temperature, alarm")]
    [InlineData("set temp0 temperature hot", "error temperature cannot be 'hot': -55 to 125 °C")]
    [InlineData("set temp0 alarm on", "error alarm can only be read")]
    [InlineData("set temp0", "error set PART PARAMETER VALUE")]
    [InlineData("press led0", "error there is no button 'led0': button0, button1")]
    [InlineData("press button0 0", "error a button cannot be pressed for '0': 1 to 3600000 milliseconds")]
    [InlineData(
        "watch temp9",
        "error there is no part 'temp9': temp0, temp1, power0, eeprom0, rtc0, motion0, expander0, "
            + "loop0, flash0, adc0, thermo0, expander1, card0, display0, kbd0, mouse0, button0, led0, button1, led1, pull-expander, pull-alarm")]
    [InlineData("watch a b c", "error watch [PART [PARAMETER]]")]
    public void Mistakes_are_said(string request, string answer)
    {
        using Fixture f = new();
        using Client client = f.Connect();
        Assert.Equal([answer], client.Ask(request));
        Assert.Equal(["ok"], client.Ask("press button0 100"));
    }

    [Fact]
    public void Those_who_watch_hear_of_changes()
    {
        using Fixture f = new();
        using Client all = f.Connect(), one = f.Connect(), actor = f.Connect();
        Assert.Equal(["ok"], all.Ask("watch"));
        Assert.Equal(["ok"], one.Ask("watch temp1 temperature"));
        Assert.Equal(["ok"], actor.Ask("press button0"));
        Assert.Equal(["ok"], actor.Ask("set temp1 temperature 7"));
        Assert.Equal("- temp1 temperature 7 °C", one.ReadLine());
        Assert.Equal("- button0 pressed on", all.ReadLine());
        Assert.Equal("- temp1 temperature 7 °C", all.ReadLine());
        // The same value again is no change.
        Assert.Equal(["ok"], actor.Ask("set temp1 temperature 7"));
        Assert.Equal(["ok"], actor.Ask("release button0"));
        Assert.Equal("- button0 pressed off", all.ReadLine());
        // Another front-end sees what this guest does.
        new Master(f.Board.PortsOf<SimulatedI2cBus>()[0]).Write(0x20, 0xfd);
        Assert.Equal("- led1 lit on", all.ReadLine());
    }

    [Fact]
    public void Several_requests_in_one_piece_and_one_in_several()
    {
        using Fixture f = new();
        using Client client = f.Connect();
        client.Send("get temp0 temperature\n\r\n  get   temp0 connected\r\nget temp0 ");
        Assert.Equal(["- 21.5", "ok", "- on", "ok"], [client.ReadLine(), client.ReadLine(), client.ReadLine(), client.ReadLine()]);
        client.Send("alarm\n");
        Assert.Equal("- off", client.ReadLine());
    }

    [Fact]
    public void The_end_of_the_requests_is_not_the_end_of_the_answers()
    {
        using Fixture f = new();
        using Client client = f.Connect();
        client.Send("get temp0 temperature\n");
        client.EndSending();
        Assert.Equal("- 21.5", client.ReadLine());
        Assert.Equal("ok", client.ReadLine());
        Assert.Null(client.ReadLine());
    }

    [Fact]
    public void A_line_without_end_ends_the_connection()
    {
        using Fixture f = new();
        using Client client = f.Connect(), other = f.Connect();
        client.Send(new string('x', LineClient.MaxLine + 1));
        Assert.Null(client.ReadLine());
        Assert.Equal("ok", other.Ask("list")[^1]);
    }

    [Fact]
    public void Who_does_not_read_is_dropped_and_keeps_nobody_waiting()
    {
        using Fixture f = new();
        using Client deaf = f.Connect(), actor = f.Connect();
        Assert.Equal(["ok"], deaf.Ask("watch"));
        // What the kernel keeps for the socket comes on top of what the server keeps.
        for (int i = 0; i < 40_000; i++)
        {
            f.Board.Find("temp0")!.Parameters[1].TrySet(i % 2 == 0 ? "1" : "2");
            if (i % 1000 == 0)
                Assert.Equal(["ok"], actor.Ask("set temp1 temperature " + i % 100));
        }

        int lines = 0;
        while (deaf.ReadLine() is not null)
            lines++;
        Assert.InRange(lines, 1, 40_000);
        Assert.Equal("ok", actor.Ask("list")[^1]);
    }

    [Fact]
    public void A_new_client_takes_the_place_of_the_one_that_was_silent_longest()
    {
        using Fixture f = new();
        List<Client> clients = [.. Enumerable.Range(0, LineServer.MaxClients).Select(_ => f.Connect())];
        Assert.Equal(["ok"], clients[0].Ask("watch"));
        foreach (Client client in clients.Skip(2))
            Assert.Equal("ok", client.Ask("list")[^1]);
        using Client late = f.Connect();
        Assert.Equal(["- 21.5", "ok"], late.Ask("get temp0 temperature"));
        Assert.Null(clients[1].ReadLine());
        // Who watches is silent and waits all the same.
        Assert.Equal(["ok"], late.Ask("press button0"));
        Assert.Equal("- button0 pressed on", clients[0].ReadLine());
        foreach (Client client in clients)
            client.Dispose();
    }

    [Fact]
    public void Who_watches_may_end_its_side_and_goes_on_reading()
    {
        using Fixture f = new();
        using Client client = f.Connect(), actor = f.Connect();
        client.Send("watch button0\n");
        client.EndSending();
        Assert.Equal("ok", client.ReadLine());
        Assert.Equal(["ok"], actor.Ask("press button0"));
        Assert.Equal("- button0 pressed on", client.ReadLine());
    }

    private sealed class Fixture : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
        private readonly LoopThread _loop = new();
        private readonly LineServer _control;

        internal Fixture()
        {
            Board = BoardFile.Load(BoardFile.DemoName);
            UnixSocket.Listen(Path.Combine(_folder.FullName, "s"), out OwnedFd? listener).Ok();
            _control = _loop.Invoke(() =>
            {
                LineServer.Listen(_loop.Loop, listener!, new BoardControl(Board, _loop.Loop), out LineServer? server).Ok();
                return server!;
            });
        }

        internal Board Board { get; }

        internal Client Connect() => new(Path.Combine(_folder.FullName, "s"));

        public void Dispose()
        {
            _loop.Invoke(_control.Dispose);
            _loop.Dispose();
            Board.Dispose();
            _folder.Delete(recursive: true);
        }
    }

    // Not the framework's sockets, which keep an epoll descriptor for ever.
    private sealed unsafe partial class Client : IDisposable
    {
        private readonly OwnedFd _socket;
        private readonly List<byte> _received = [];

        internal Client(string path)
        {
            UnixSocket.Connect(path, out OwnedFd? socket).Ok();
            _socket = socket!;
        }

        internal void Send(string text)
        {
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
            fixed (byte* p = bytes)
                Assert.Equal(bytes.Length, FileIo.Write(_socket.Fd, p, (nuint)bytes.Length, out _));
        }

        internal void EndSending() => Assert.Equal(0, shutdown(_socket.Fd, 1));

        internal string? ReadLine()
        {
            byte* buffer = stackalloc byte[4096];
            while (true)
            {
                int end = _received.IndexOf((byte)'\n');
                if (end >= 0)
                {
                    string line = System.Text.Encoding.UTF8.GetString(_received[..end].ToArray());
                    _received.RemoveRange(0, end + 1);
                    return line;
                }

                Assert.True(EventFd.Wait(_socket.Fd, (int)LoopThread.Patience.TotalMilliseconds), "no line came");
                nint n = FileIo.Read(_socket.Fd, buffer, 4096, out _);
                if (n <= 0)
                    return null;
                _received.AddRange(new ReadOnlySpan<byte>(buffer, (int)n));
            }
        }

        internal List<string> Ask(string request)
        {
            Send(request + "\n");
            List<string> lines = [];
            while (ReadLine() is { } line)
            {
                lines.Add(line);
                if (line == "ok" || line.StartsWith("error ", StringComparison.Ordinal))
                    return lines;
            }

            return lines;
        }

        public void Dispose() => _socket.Dispose();

        [LibraryImport("libc")]
        private static partial int shutdown(int socket, int how);
    }
}
