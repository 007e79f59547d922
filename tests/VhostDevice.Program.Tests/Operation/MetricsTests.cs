// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Operation;

/// <summary>What --metrics-socket tells, and to whom.</summary>
public sealed class MetricsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Daemon _daemon;
    private readonly string _socket;

    public MetricsTests()
    {
        _socket = _folder.At("metrics");
        _daemon = Daemon.Start(_folder, 2, "--metrics-socket", _socket);
    }

    public void Dispose() => _daemon.Dispose();

    [Fact]
    public void The_numbers_are_those_of_the_guest_and_outlive_its_rings()
    {
        using (Guest guest = _daemon.Connect(0))
        {
            Assert.Equal(100, guest.Ask(100).Length);
            Expect("queue_chains_total", 1, queue: true);
            guest.Device.Reset();
            guest.Device.Start();
            Assert.Equal(28, guest.Ask(28).Length);
            // Neither readable nor within memory: malformed.
            guest.Queue.Add(DriverBuffer.Writable(guest.Room, 64));
            unsafe
            {
                guest.Queue.Descriptors[0].Address = 0;
            }

            guest.Queue.Submit();
            Assert.Equal(0u, guest.Next().Length);
            Expect("queue_malformed_total", 1, queue: true);
            Expect("connections", 1);
        }

        Expect("connections", 0);
        using (Guest guest = _daemon.Connect(0))
            Assert.Equal(22, guest.Ask(22).Length);
        Expect("queue_chains_total", 4, queue: true);
        Expect("queue_written_bytes_total", 150, queue: true);
        Expect("queue_read_bytes_total", 0, queue: true);
        Expect("queue_errors_total", 0, queue: true);
        Expect("connections_accepted_total", 2);
        Expect("reconnects_total", 1);
        Expect("protocol_errors_total", 0);
        Assert.True(Value("queue_kicks_total", 0, queue: true) > 0);
        Assert.True(Value("queue_interrupts_total", 0, queue: true) > 0);
        // The other socket had no guest.
        Assert.Equal(0, Value("connections_accepted_total", 1));
    }

    [Fact]
    public void Errors_are_counted()
    {
        using (FrontEndConnection bad = FrontEndConnection.Connect(_daemon.Socket(0)))
            bad.SendRaw(new byte[12]);
        Expect("protocol_errors_total", 1);
        using Guest guest = _daemon.Connect(0);
        Assert.NotEmpty(guest.Ask(8));
        unsafe
        {
            *guest.Queue.AvailableIndex += 1000;
        }

        guest.Queue.Kick();
        Assert.True(guest.Queue.Notifier!.WaitForError(Patience.Time));
        Expect("broken_rings_total", 1);
    }

    // Prometheus, "Exposition formats", text format 0.0.4.
    [Fact]
    public void The_text_is_what_prometheus_expects()
    {
        using Guest guest = _daemon.Connect(0);
        Assert.NotEmpty(guest.Ask(8));
        string response = UnixHttp.Get(_socket);
        int blank = response.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        string[] head = response[..blank].Split("\r\n");
        string body = response[(blank + 4)..];
        Assert.Equal("HTTP/1.1 200 OK", head[0]);
        Assert.Contains("Content-Type: text/plain; version=0.0.4; charset=utf-8", head);
        Assert.Contains($"Content-Length: {Encoding.UTF8.GetByteCount(body)}", head);
        Assert.EndsWith("\n", body, StringComparison.Ordinal);
        HashSet<string> families = [];
        string family = "";
        foreach (string line in body.TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
                Assert.True(families.Add(family), $"{family} occurs twice");
                Assert.Matches("^vhost_device_[a-z_]+$", family);
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.Equal($"# TYPE {family} {(family.EndsWith("_total", StringComparison.Ordinal) ? "counter" : "gauge")}", line);
            }
            else
            {
                Assert.Matches($"^{family}\\{{device=\"rng\",socket=\"[^\"]+\"(,queue=\"[0-9]+\")?\\}} [0-9]+$", line);
            }
        }

        Assert.Equal(12, families.Count);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/metric")]
    public void Elsewhere_it_says_where_the_metrics_are(string path) =>
        Assert.EndsWith(
            "\r\n\r\n404 Not Found: the metrics are at /metrics\n",
            UnixHttp.Get(_socket, $"GET {path} HTTP/1.1\r\n\r\n"),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("HEAD /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 200 ")]
    [InlineData("GET /metrics HTTP/1.0\n\n", "HTTP/1.1 200 ")]
    [InlineData("GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ")]
    [InlineData("GET http://localhost/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 200 ")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 404 ")]
    [InlineData("POST /metrics HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405 ")]
    [InlineData("GET /metrics HTTP/2.0\r\n\r\n", "HTTP/1.1 505 ")]
    [InlineData("GET /metrics\r\n\r\n", "HTTP/1.1 400 ")]
    [InlineData("\r\n\r\n", "HTTP/1.1 400 ")]
    [InlineData("\u0001\u0002 \u00ff \u0000\r\n\r\n", "HTTP/1.1 400 ")]
    public void A_request_is_answered_by_the_book(string request, string status)
    {
        string response = UnixHttp.Get(_socket, request);
        Assert.StartsWith(status, response, StringComparison.Ordinal);
        if (request.StartsWith("HEAD", StringComparison.Ordinal))
            Assert.EndsWith("\r\n\r\n", response, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_without_end_is_cut_off()
    {
        using UnixHttp http = new(_socket);
        http.Send("GET /metrics HTTP/1.1\r\n" + new string('a', 10_000));
        Assert.StartsWith("HTTP/1.1 431 ", http.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_may_come_in_pieces()
    {
        using UnixHttp http = new(_socket);
        foreach (char c in "GET /metrics HTTP/1.1\r\n\r\n")
            http.Send(c.ToString());
        Assert.StartsWith("HTTP/1.1 200 ", http.ReadToEnd(), StringComparison.Ordinal);
    }

    // More than are served at a time say nothing, or half of something, and stay: the next one waits for their end, which
    // comes; and the guest notices nothing.
    [Fact]
    public void Clients_that_are_slow_are_thrown_out()
    {
        using Guest guest = _daemon.Connect(0);
        List<UnixHttp> slow = [.. Enumerable.Range(0, 40).Select(_ => new UnixHttp(_socket))];
        for (int i = 0; i < slow.Count; i += 2)
            slow[i].Send("GET /met");
        for (int i = 0; i < 10; i++)
            Assert.NotEmpty(guest.Ask(64));
        Assert.Equal("", slow[0].ReadToEnd());
        slow.ForEach(s => s.Dispose());
        Assert.StartsWith("HTTP/1.1 200 ", UnixHttp.Get(_socket), StringComparison.Ordinal);
    }

    [Fact]
    public void The_socket_is_removed_at_the_end()
    {
        _daemon.Stop();
        Assert.False(File.Exists(_socket));
    }

    [Fact]
    public void A_path_that_is_taken_is_a_mistake_of_the_users()
    {
        string error = Command.Rng("-s", _folder.At("other"), "--metrics-socket", _socket).RuntimeError();
        Assert.Equal($"vhost-device-rng: another program listens on {_socket}: stop it or choose another --metrics-socket", error);
        Assert.False(File.Exists(_folder.At("other0")));
        Assert.StartsWith("HTTP/1.1 200 ", UnixHttp.Get(_socket), StringComparison.Ordinal);
    }

    // The daemon notices a moment later than we that somebody has left.
    private void Expect(string name, long value, bool queue = false) =>
        Eventually.Holds(() => Value(name, 0, queue) == value, () => $"{name} is {Value(name, 0, queue)}, not {value}");

    private long Value(string name, int socket, bool queue = false)
    {
        string start = $"vhost_device_{name}{{device=\"rng\",socket=\"{_daemon.Socket(socket)}\"{(queue ? ",queue=\"0\"" : "")}}} ";
        string? line = UnixHttp.Get(_socket).Split('\n').SingleOrDefault(l => l.StartsWith(start, StringComparison.Ordinal));
        Assert.True(line is not null, $"there is no {start}");
        return long.Parse(line[start.Length..], CultureInfo.InvariantCulture);
    }
}
