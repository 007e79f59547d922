// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>Zeroes for ever: what is written is gone. For measuring everything but storage.</summary>
public sealed unsafe class NullStore(ulong length) : BlockStore
{
    public override ulong Length => length;

    public override bool IsReadOnly => false;

    public override bool CanDiscard => true;

    public override bool IsShareable => true;

    public override bool Submit(BlockRequest request)
    {
        for (int i = 0; request.Operation == BlockOperation.Read && i < request.PieceCount; i++)
            new Span<byte>(request.PieceList[i].Base, (int)request.PieceList[i].Length).Clear();
        return End(request, Errno.Success);
    }
}
