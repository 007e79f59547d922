// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Console.Ends;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ports;

// Those who read along, and what they send.
internal sealed partial class ConsolePort
{
    /// <summary>Bytes that somebody who reads along has on the way to the guest at most.</summary>
    internal const int SentBytes = 64 * 1024;

    // A reader on a busy machine is not late yet; nobody looks at a screen that stands still for so short a time.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(100);

    private readonly List<IPortWatcher> _watchers = [];
    private readonly List<IPortWatcher> _late = [];
    private readonly ByteRing _sent = new(SentBytes);
    private readonly List<Sent> _senders = [];
    private IPortWatcher? _writer;
    private LoopTimer? _patience;

    /// <summary>Who has the right to write as the one in front of the screen.</summary>
    internal IPortWatcher? Writer => _writer;

    internal int Watchers => _watchers.Count;

    /// <summary>Whether a guest has it open.</summary>
    internal bool IsGuestOpen => Guest is { IsOpen: true };

    /// <summary>What the guest wrote last, for somebody who comes now.</summary>
    /// <param name="lines">So many lines at most; less than 0: all that is kept.</param>
    internal byte[] Recent(int lines)
    {
        byte[] all = _recent.Copy(RecentBytes);
        if (lines < 0)
            return all;
        int at = all.Length;
        for (int left = lines; left > 0 && at > 0; left--)
            at = all.AsSpan(0, at - 1).LastIndexOf((byte)'\n') + 1;
        return all[at..];
    }

    internal void Add(IPortWatcher watcher) => _watchers.Add(watcher);

    /// <summary>Makes somebody the writer, instead of whoever it was; null: nobody.</summary>
    internal void SetWriter(IPortWatcher? writer)
    {
        bool before = IsHostOpen;
        _writer = writer;
        if (IsHostOpen != before)
            Guest?.HostOpenChanged();
    }

    internal void Remove(IPortWatcher watcher)
    {
        _ = _watchers.Remove(watcher);
        _ = _late.Remove(watcher);
        if (_writer == watcher)
            SetWriter(null);
        Guest?.RoomAgain();
    }

    /// <summary>Sends bytes to the guest, before what the end has.</summary>
    /// <returns>False: there is no room for them.</returns>
    internal bool TrySend(IPortWatcher? from, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _sent.Room)
            return false;
        if (bytes.IsEmpty)
            return true;
        _ = _sent.Add(bytes);
        _senders.Add(new Sent(from, bytes.Length));
        Guest?.InputReady();
        return true;
    }

    /// <summary>A watcher that was behind has read something.</summary>
    internal void CaughtUp(IPortWatcher watcher)
    {
        if (watcher.Room < RecentBytes / 2)
            return;
        _ = _late.Remove(watcher);
        Guest?.RoomAgain();
    }

    /// <summary>The guest's half is open or closed now.</summary>
    internal void TellGuestChanged()
    {
        foreach (IPortWatcher watcher in _watchers.ToArray())
            watcher.GuestChanged(IsGuestOpen);
    }

    private nuint GiveSent(ReadOnlySpan<IoVec> pieces)
    {
        nuint given = _sent.MoveTo(pieces);
        nuint left = given;
        while (left > 0)
        {
            Sent first = _senders[0];
            nuint n = Math.Min(left, (nuint)first.Bytes);
            left -= n;
            first.Bytes -= (int)n;
            if (first.Bytes == 0)
                _senders.RemoveAt(0);
            first.From?.Took(n);
        }

        return given;
    }

    // As much as everybody takes who is not late.
    private nuint MayTake(nuint bytes)
    {
        nuint most = bytes;
        foreach (IPortWatcher watcher in _watchers)
        {
            if (!_late.Contains(watcher))
                most = Math.Min(most, watcher.Room);
        }

        if (most == 0 && _patience is { IsSet: false })
            _patience.Start(s_patience);
        return _patience is null ? bytes : most;
    }

    private void Publish(ReadOnlySpan<IoVec> pieces, nuint bytes)
    {
        foreach (IPortWatcher watcher in _watchers)
            watcher.Wrote(pieces, bytes);
    }

    // Nobody holds a guest back by not reading.
    private void GiveUpOnWatchers()
    {
        foreach (IPortWatcher watcher in _watchers)
        {
            if (watcher.Room == 0 && !_late.Contains(watcher))
                _late.Add(watcher);
        }

        Guest?.RoomAgain();
    }

    private void EndWatchers()
    {
        foreach (IPortWatcher watcher in _watchers.ToArray())
            watcher.Ended();
        _watchers.Clear();
    }

    /// <summary>What somebody sent and the guest has not taken.</summary>
    private sealed class Sent(IPortWatcher? from, int bytes)
    {
        internal IPortWatcher? From => from;

        internal int Bytes { get; set; } = bytes;
    }
}
