// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// The hybrid scheme's first words, in as many pieces as the host program likes and with as much behind them as it likes.
/// </summary>
internal sealed partial class SocketFlow
{
    /// <summary>A host program connected; its socket is there already.</summary>
    internal void BeginGreeting()
    {
        _state = SocketState.Greeting;
        Wait(FlowPatience.GreetingMs);
        // It has most likely written by now.
        if (ReadGreeting() && _socket.Watch(WatchReading).IsError)
            Reject();
    }

    /// <summary>A host program's connection that cannot be: it reads the end.</summary>
    internal void Reject()
    {
        CloseForPeerToRead();
        _owner.Free(this);
    }

    /// <returns>False when the connection is over.</returns>
    private unsafe bool ReadGreeting()
    {
        while (true)
        {
            Span<byte> room = _in.Room(GreetingLine.MaxLength);
            nint n;
            Errno errno;
            fixed (byte* p = room)
                n = FileIo.Read(_socket.Fd, p, (nuint)room.Length, out errno);
            if (n < 0 && errno == Errno.EAGAIN)
                return true;
            if (n <= 0)
            {
                LogGreeting("a host program left before it had written CONNECT and a port");
                break;
            }

            _in.Add((int)n);
            int length = _in.Bytes.IndexOf((byte)'\n');
            if (length >= 0 && GreetingLine.TryParse(_in.Bytes[..length], out uint port))
            {
                _in.Take(length + 1);
                _owner.EndGreeting(this, port);
                BeginRequest();
                return _state == SocketState.Requested;
            }

            if (length < 0 && _in.Count < GreetingLine.MaxLength)
                continue;
            LogGreeting("a host program wrote '{0}' where CONNECT, a port and a newline were expected");
            break;
        }

        // There is no answer for that.
        Reject();
        return false;
    }

    private void LogGreeting(string what)
    {
        if (!_owner.Log.IsEnabled(LogLevel.Debug))
            return;
        string line = Encoding.ASCII.GetString(_in.Bytes).TrimEnd('\n', '\r');
        string shown = string.Concat(line.Select(static c => char.IsControl(c) ? '?' : c));
        _owner.Log.LogDebug("guest {Cid}: {What}", _owner.Cid, what.Replace("{0}", shown, StringComparison.Ordinal));
    }

    // The guest accepted. A fresh socket has room for a line; one that has not is gone.
    private unsafe void Answer()
    {
        byte* line = stackalloc byte[GreetingLine.MaxAnswer];
        int length = GreetingLine.Answer(new Span<byte>(line, GreetingLine.MaxAnswer), Key.GuestPort);
        if (FileIo.Write(_socket.Fd, line, (nuint)length, out _) != length)
            HostStoppedReceiving();
    }
}
