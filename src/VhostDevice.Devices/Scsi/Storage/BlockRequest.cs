// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>
/// One operation on a <see cref="BlockStore"/>, made once and used again and again. Its owner fills it, and
/// <see cref="BlockStore.Submit"/> has it until that returns true or <see cref="Done"/> is called.
/// </summary>
public abstract unsafe class BlockRequest
{
    private const int InitialPieces = 8;

    // Pinned, because the kernel reads it while the operation is out.
    private IoVec[] _pieces = GC.AllocateUninitializedArray<IoVec>(InitialPieces, pinned: true);
    private int _count;
    private bool _isCancelled;

    public BlockOperation Operation { get; set; }

    /// <summary>Bytes from the start of the store.</summary>
    public ulong Offset { get; set; }

    /// <summary>Bytes of the range; for a transfer those of the pieces.</summary>
    public ulong Length { get; set; }

    /// <summary>The write must be on the medium when it is back.</summary>
    public bool Durable { get; set; }

    /// <summary>It takes so long that no loop may wait for it, even where the store would be as quick as it can be.</summary>
    public bool IsPatient { get; protected init; }

    /// <summary>Whether its owner has nothing more behind it, as far as is known by now.</summary>
    public virtual bool IsLast => false;

    /// <summary>How it ended, once it did.</summary>
    public Errno Error { get; internal set; }

    /// <summary>Pieces of memory to read into or write from.</summary>
    public int PieceCount => _count;

    /// <summary>The first piece; pinned.</summary>
    public IoVec* PieceList => (IoVec*)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_pieces));

    /// <summary>The number of the loop that it belongs to, as its engine knows it.</summary>
    public int Engine { get; set; }

    /// <summary>For the engine: the descriptor to work on.</summary>
    internal int Fd { get; set; }

    /// <summary>For the engine: what it called the file of the descriptor; -1 when it has no name for it.</summary>
    internal int Place { get; set; } = -1;

    /// <summary>For the engine: how the file gives space back.</summary>
    internal SpaceWay SpaceWay { get; set; }

    /// <summary>For the engine: nothing is won by handing it over before the turn is over.</summary>
    internal bool IsGathered { get; set; }

    /// <summary>For the engine: the request behind this one in its list of those that wait.</summary>
    internal BlockRequest? NextWaiting { get; set; }

    /// <summary>For the engine: its way through a worker.</summary>
    internal BlockWork? Work { get; set; }

    /// <summary>For the engine: the thread of its store that may wait.</summary>
    internal Worker? Worker { get; set; }

    /// <summary>Nobody needs the rest of it: what has not begun need not, and what is done in steps may end after any.</summary>
    public bool IsCancelled
    {
        get => Volatile.Read(ref _isCancelled);
        internal set => Volatile.Write(ref _isCancelled, value);
    }

    public void ClearPieces() => _count = 0;

    public void AddPiece(IoVec piece)
    {
        if (_count == _pieces.Length)
            Grow(_count + 1);
        _pieces[_count++] = piece;
    }

    public void AddPieces(ReadOnlySpan<IoVec> pieces)
    {
        if (_count + pieces.Length > _pieces.Length)
            Grow(_count + pieces.Length);
        pieces.CopyTo(_pieces.AsSpan(_count));
        _count += pieces.Length;
    }

    /// <summary>It is back, later than <see cref="BlockStore.Submit"/>; on the loop's thread.</summary>
    protected abstract void Done();

    /// <summary>For the store: the operation that <see cref="BlockStore.Submit"/> has begun is over; on the loop's thread.</summary>
    public void Finish(Errno error)
    {
        Error = error;
        Done();
    }

    /// <summary>So many bytes moved: what is left is at the front of the list.</summary>
    /// <returns>True when nothing is left.</returns>
    internal bool Advance(ulong bytes)
    {
        Offset += bytes;
        Length -= Math.Min(bytes, Length);
        if (Length == 0)
            return true;
        int first = 0;
        while (first < _count && bytes >= _pieces[first].Length)
            bytes -= _pieces[first++].Length;
        if (first < _count)
            _pieces[first] = new IoVec(_pieces[first].Base + bytes, _pieces[first].Length - (nuint)bytes);
        _pieces.AsSpan(first, _count - first).CopyTo(_pieces);
        _count -= first;
        return false;
    }

    private void Grow(int least)
    {
        IoVec[] larger = GC.AllocateUninitializedArray<IoVec>(Math.Max(least, _pieces.Length * 2), pinned: true);
        _pieces.AsSpan(0, _count).CopyTo(larger);
        _pieces = larger;
    }
}
