// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>Blocks in an array: for tests and for disks that need not last.</summary>
public sealed unsafe class MemoryStore(byte[] bytes, bool isReadOnly = false) : BlockStore
{
    /// <summary>The content, to look at and to change.</summary>
    public byte[] Bytes { get; private set; } = bytes;

    public override ulong Length => (ulong)Bytes.Length;

    public override bool IsReadOnly => isReadOnly;

    public override bool CanDiscard => true;

    public override uint DiscardUnit => 512;

    public override bool Submit(BlockRequest request)
    {
        switch (request.Operation)
        {
            case BlockOperation.Read or BlockOperation.Write:
                Move(request);
                break;
            case BlockOperation.Discard or BlockOperation.Zero:
                Bytes.AsSpan((int)request.Offset, (int)request.Length).Clear();
                break;
            default:
                break;
        }

        return End(request, Errno.Success);
    }

    /// <summary>Another length, as when somebody changes a file's.</summary>
    public void Resize(int length)
    {
        byte[] changed = new byte[length];
        Bytes.AsSpan(0, Math.Min(length, Bytes.Length)).CopyTo(changed);
        Bytes = changed;
    }

    private void Move(BlockRequest request)
    {
        Span<byte> at = Bytes.AsSpan((int)request.Offset, (int)request.Length);
        for (int i = 0; i < request.PieceCount; i++)
        {
            Span<byte> piece = request.PieceList[i].AsSpan();
            if (request.Operation == BlockOperation.Read)
                at[..piece.Length].CopyTo(piece);
            else
                piece.CopyTo(at);
            at = at[piece.Length..];
        }
    }
}
