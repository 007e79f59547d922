// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Console.Ports;
using VhostDevice.Hosting.Control;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>
/// A client that is attached to a port. It gets lines: <c>out</c> with base64, <c>live</c> once what was
/// kept is behind it, <c>lost</c> with a number of bytes,
/// <c>took</c>, <c>guest open|closed</c>, <c>reading</c> when somebody else writes from now on, <c>ended</c>. It sends
/// <c>in</c> with base64, <c>ack</c> with the number of bytes that it has shown, and <c>size COLUMNSxROWS</c>.
/// </summary>
/// <remarks>
/// Lines come on the socket's loop, everything else happens on the port's. What is on the way to the client is bounded, and so is
/// what is on the way from it to the guest.
/// </remarks>
internal sealed class ConsoleClient(LineClient client, EventLoop own, PortTable table) : IPortWatcher
{
    /// <summary>Bytes on the way to a client: the whole of what is kept, and as much again.</summary>
    private const int MostOut = 2 * ConsolePort.RecentBytes;

    /// <summary>Bytes of one line.</summary>
    private const int LineBytes = 12 * 1024;

    /// <summary>Bytes that a client has on the way to the guest at most; all of them together have room in the port.</summary>
    internal const int MostIn = ConsolePort.SentBytes / LineServer.MaxClients;

    private ConsolePort? _port;
    private bool _mayWrite;
    private int _out;
    private int _in;
    private long _missed;

    public nuint Room => (nuint)Math.Max(0, MostOut - _out);

    /// <summary>A line from it; on the socket's loop.</summary>
    internal void OnLine(string line)
    {
        int blank = line.IndexOf(' ', StringComparison.Ordinal);
        string word = blank < 0 ? line : line[..blank];
        string rest = blank < 0 ? "" : line[(blank + 1)..];
        table.Loop.Post(() => Carry(word, rest));
    }

    /// <summary>It has left; on the socket's loop.</summary>
    internal void Close() => table.Loop.Post(Leave);

    /// <summary>Attaches it, or says why not.</summary>
    internal void Begin(AttachRequest request)
    {
        ConsolePort? port = table.Find(request.Port);
        string? problem = port is null ? ConsoleRequests.NoPort(request.Port)
            : request.Role == AttachRole.Writer && port.Writer is not null
                ? $"somebody else is attached to {port.Name}: take --steal to be in his place, or --read-only to read along"
            : null;
        if (problem is not null)
        {
            Send("error " + problem);
            own.Post(client.EndAnswer);
            return;
        }

        _port = port!;
        _mayWrite = request.Role != AttachRole.Reader;
        Send("ok " + port!.Name);
        Send(port.IsGuestOpen ? "guest open" : "guest closed");
        byte[] recent = port.Recent(request.Lines);
        Queue(recent);
        Send("live");
        port.Add(this);
        if (request.Role is AttachRole.Writer or AttachRole.Thief)
        {
            (port.Writer as ConsoleClient)?.BecomeReader();
            port.SetWriter(this);
            if (request.Size.Columns > 0)
                port.Resize(request.Size);
        }
    }

    public void Wrote(ReadOnlySpan<IoVec> pieces, nuint bytes)
    {
        foreach (IoVec piece in pieces)
        {
            nuint n = Math.Min(piece.Length, bytes);
            bytes -= n;
            int taken = (int)Math.Min(n, Room);
            if (taken > 0)
            {
                ReportMissed();
                unsafe
                {
                    Queue(new ReadOnlySpan<byte>(piece.Base, taken));
                }
            }

            _missed += (long)n - taken;
            if (bytes == 0)
                return;
        }
    }

    public void Took(nuint bytes)
    {
        _in -= (int)bytes;
        Send(string.Create(CultureInfo.InvariantCulture, $"took {bytes}"));
    }

    public void GuestChanged(bool isOpen) => Send(isOpen ? "guest open" : "guest closed");

    public void Ended()
    {
        _port = null;
        Send("ended");
        own.Post(client.EndAnswer);
    }

    private void Carry(string word, string rest)
    {
        if (_port is not { } port)
            return;
        switch (word)
        {
            case "in":
                SendIn(port, rest);
                break;
            case "ack" when int.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out int n):
                _out -= Math.Min(n, _out);
                if (_out == 0)
                    ReportMissed();
                port.CaughtUp(this);
                break;
            case "size" when port.Writer == this && ConsoleRequests.TrySize(rest, out WindowSize size):
                port.Resize(size);
                break;
            default:
                break;
        }
    }

    // Somebody who sends more than he may is told that it is lost: nothing of ours does.
    private void SendIn(ConsolePort port, string text)
    {
        Span<byte> bytes = stackalloc byte[LineClient.MaxLine];
        if (!_mayWrite || !Convert.TryFromBase64String(text, bytes, out int count) || count > MostIn - _in || !port.TrySend(this, bytes[..count]))
        {
            Send("refused");
            return;
        }

        _in += count;
    }

    private void BecomeReader()
    {
        _mayWrite = false;
        Send("reading");
    }

    private void ReportMissed()
    {
        if (_missed == 0)
            return;
        Send(string.Create(CultureInfo.InvariantCulture, $"lost {_missed}"));
        _missed = 0;
    }

    private void Queue(ReadOnlySpan<byte> bytes)
    {
        _out += bytes.Length;
        while (!bytes.IsEmpty)
        {
            int n = Math.Min(bytes.Length, LineBytes);
            Send("out " + Convert.ToBase64String(bytes[..n]));
            bytes = bytes[n..];
        }
    }

    private void Leave()
    {
        _port?.Remove(this);
        _port = null;
    }

    private void Send(string line) => own.Post(() => client.Send(line));
}
