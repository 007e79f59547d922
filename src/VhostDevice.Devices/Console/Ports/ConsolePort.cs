// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Console.Ends;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ports;

/// <summary>
/// A port: its name, what it is connected with on the host, and who reads along. It outlives guests and belongs to one loop.
/// </summary>
/// <param name="id">The number that the guest knows it by.</param>
/// <param name="name">What the guest finds it by.</param>
/// <param name="isConsole">It is a terminal to the guest (/dev/hvcN); otherwise a channel for programs (/dev/vportNpM).</param>
/// <param name="end">Ends with the port.</param>
/// <param name="keepsRecent">Keeps what the guest wrote last, for those who come later.</param>
internal sealed partial class ConsolePort(uint id, string name, bool isConsole, PortEnd end, bool keepsRecent) : IPortEndOwner, IDisposable
{
    /// <summary>Bytes of a console's output that are kept for whoever comes later.</summary>
    internal const int RecentBytes = 64 * 1024;

    private readonly ByteRing _recent = new(RecentBytes);
    private readonly ByteRing _owed = new(RecentBytes); // of chains that a stop gave back half written; before the others
    private int _unheard; // the newest of those: nobody was there

    internal uint Id => id;

    internal string Name => name;

    internal bool IsConsole => isConsole;

    internal string Description => end.Description;

    internal PortStatistics Statistics { get; } = new();

    /// <summary>The size of the window that shows the port, where there is one.</summary>
    internal WindowSize Size { get; private set; }

    /// <summary>The guest's half; null: no guest is connected.</summary>
    internal IPortGuest? Guest { get; private set; }

    /// <summary>What the guest is told. A console is always there: nobody waits for somebody to look at it.</summary>
    internal bool IsHostOpen => isConsole || end.IsOpen || _writer is not null;

    /// <summary>What becomes of the input; the guest's half says.</summary>
    internal InputWish Wish
    {
        get => end.Wish;
        set => end.Wish = value;
    }

    internal void Start(EventLoop loop)
    {
        _ = loop.CreateTimer(GiveUpOnWatchers, out _patience);
        end.Start(loop, this);
    }

    internal void Attach(IPortGuest guest) => Guest = guest;

    /// <summary>The guest's half is gone.</summary>
    internal void Detach(IPortGuest guest)
    {
        if (Guest != guest)
            return;
        Guest = null;
        Wish = InputWish.Nobody;
        TellGuestChanged();
    }

    /// <summary>Takes what the guest writes, from the first byte on.</summary>
    /// <returns>Bytes taken. When that is less than there are, <see cref="IPortGuest.RoomAgain"/> follows.</returns>
    internal nuint Take(ReadOnlySpan<IoVec> pieces, nuint bytes)
    {
        nuint taken = 0;
        if (!TryCatchUp() || MayTake(bytes) is var most && most == 0)
            return 0;
        if (end.IsOpen && most == bytes)
            taken = end.Write(pieces, bytes);
        else if (end.IsOpen)
            taken = WriteSome(pieces, most);
        if (!end.IsOpen && taken < most)
        {
            Keep(pieces, most, taken);
            taken = most;
        }
        else if (keepsRecent)
        {
            _ = _recent.Add(pieces, taken);
        }

        Statistics.CountFromGuest(taken);
        if (_watchers.Count > 0)
            Publish(pieces, taken);
        return taken;
    }

    /// <summary>Takes over what a guest wrote and the end has no room for yet, because the guest's ring stops.</summary>
    /// <returns>False: it is too much.</returns>
    internal bool TryKeep(ReadOnlySpan<IoVec> pieces, nuint bytes)
    {
        if (bytes > (nuint)_owed.Room)
            return false;
        _ = _owed.Add(pieces, bytes);
        if (keepsRecent)
            _ = _recent.Add(pieces, bytes);
        Statistics.CountFromGuest(bytes);
        Publish(pieces, bytes);
        return true;
    }

    /// <summary>Puts what the host has into the guest's buffers.</summary>
    /// <returns>Bytes; 0: nothing now.</returns>
    internal nuint Give(ReadOnlySpan<IoVec> pieces)
    {
        nuint given = _sent.Count > 0 ? GiveSent(pieces) : end.Read(pieces);
        Statistics.CountToGuest(given);
        return given;
    }

    /// <summary>A byte of a guest that cannot do anything else (VIRTIO_CONSOLE_F_EMERG_WRITE). What is not taken now is kept, or lost.</summary>
    internal unsafe void TakeEmergency(byte value)
    {
        IoVec piece = new(&value, 1);
        ReadOnlySpan<IoVec> pieces = new(in piece);
        if (Take(pieces, 1) == 0)
            Statistics.CountLost(1);
    }

    /// <summary>The window has another size.</summary>
    internal void Resize(WindowSize size)
    {
        if (size == Size)
            return;
        Size = size;
        Guest?.SizeChanged();
    }

    void IPortEndOwner.InputReady() => Guest?.InputReady();

    void IPortEndOwner.RoomAgain()
    {
        if (TryCatchUp())
            Guest?.RoomAgain();
    }

    void IPortEndOwner.OpenChanged()
    {
        if (end.IsOpen)
            _ = TryCatchUp();
        Guest?.HostOpenChanged();
        Guest?.RoomAgain();
    }

    void IPortEndOwner.Resized(WindowSize size) => Resize(size);

    void IPortEndOwner.Lost(long bytes) => Statistics.CountLost((nuint)bytes);

    public void Dispose()
    {
        EndWatchers();
        _patience?.Dispose();
        end.Dispose();
    }

    // Nobody is there: a console's last words wait for whoever comes, others' are lost. No guest waits for it.
    private void Keep(ReadOnlySpan<IoVec> pieces, nuint bytes, nuint taken)
    {
        nuint missed = bytes - taken;
        if (isConsole)
        {
            _ = _recent.Add(pieces, bytes);
            nuint unheard = (nuint)_unheard + missed;
            _unheard = (int)Math.Min(unheard, (nuint)_recent.Count);
            missed = unheard - (nuint)_unheard;
        }

        Statistics.CountLost(missed);
    }

    // What was written while nobody was there comes first.
    private bool TryCatchUp()
    {
        if (!TryPayBack())
            return !end.IsOpen;
        if (_unheard == 0)
            return true;
        Span<IoVec> pieces = stackalloc IoVec[2];
        while (_unheard > 0 && end.IsOpen)
        {
            int count = _recent.Last(_unheard, pieces);
            nuint taken = end.Write(pieces[..count], (nuint)_unheard);
            if (taken == 0)
                return !end.IsOpen;
            _unheard -= (int)taken;
        }

        return true;
    }

    private bool TryPayBack()
    {
        if (_owed.Count == 0)
            return true;
        Span<IoVec> pieces = stackalloc IoVec[2];
        while (_owed.Count > 0 && end.IsOpen)
        {
            int count = _owed.Last(_owed.Count, pieces);
            nuint taken = end.Write(pieces[..count], (nuint)_owed.Count);
            if (taken == 0)
                return false;
            _owed.Skip((int)taken);
        }

        return true;
    }

    private nuint WriteSome(ReadOnlySpan<IoVec> pieces, nuint bytes)
    {
        Span<IoVec> some = stackalloc IoVec[Math.Min(pieces.Length, 64)];
        nuint total = 0;
        int count = 0;
        while (count < some.Length && total < bytes)
        {
            IoVec piece = pieces[count];
            unsafe
            {
                some[count++] = new IoVec(piece.Base, Math.Min(piece.Length, bytes - total));
            }

            total += some[count - 1].Length;
        }

        return end.Write(some[..count], total);
    }
}
