// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Scsi;

/// <summary>A command that came through a request queue. Used again and again.</summary>
/// <param name="free">Where it waits to be used again; the queue's own.</param>
internal sealed unsafe class ScsiTransfer(Stack<ScsiTransfer> free) : ScsiTask
{
    private DescriptorChain _chain = null!;
    private Virtqueue _queue = null!;
    private uint _requestSize;
    private uint _answerSize;

    /// <summary>Where it came from, while it is under way.</summary>
    internal Virtqueue Queue => _queue;

    public override bool IsLast => !_queue.HasAvailable;

    public override ulong InLength => _chain.WritableBytes - _answerSize;

    public override ulong OutLength => _chain.ReadableBytes - _requestSize;

    /// <summary>Reads a request; false, and the chain is the caller's, when it makes no sense.</summary>
    internal bool TryBegin(Virtqueue queue, DescriptorChain chain, in ScsiConfig config, out ScsiLun lun)
    {
        _queue = queue;
        _chain = chain;
        _requestSize = ScsiCommandHeader.Size + config.CdbSize;
        _answerSize = ScsiCommandAnswer.Size + config.SenseSize;
        lun = default;
        if (chain.WritableBytes < _answerSize || chain.ReadableBytes < _requestSize)
            return false;
        Span<byte> head = stackalloc byte[ScsiCommandHeader.Size];
        ReadOnlySpan<IoVec> pieces = chain.Readable;
        Span<byte> cdb = Cdb[..(int)config.CdbSize];
        if (pieces[0].Length >= _requestSize)
        {
            new ReadOnlySpan<byte>(pieces[0].Base, ScsiCommandHeader.Size).CopyTo(head);
            new ReadOnlySpan<byte>(pieces[0].Base + ScsiCommandHeader.Size, cdb.Length).CopyTo(cdb);
        }
        else
        {
            _ = DataPieces.Read(pieces, 0, head);
            _ = DataPieces.Read(pieces, ScsiCommandHeader.Size, cdb);
        }

        // Data in both directions takes VIRTIO_SCSI_F_INOUT, which is not offered.
        if (InLength > 0 && OutLength > 0)
            return false;
        ScsiCommandHeader header = MemoryMarshal.Read<ScsiCommandHeader>(head);
        lun = header.Lun;
        Tag = header.Tag;
        Attribute = header.TaskAttribute switch
        {
            1 => TaskAttribute.Ordered,
            2 => TaskAttribute.HeadOfQueue,
            _ => TaskAttribute.Simple,
        };
        return true;
    }

    /// <summary>Answers without a status.</summary>
    internal void Answer(ScsiResponse response)
    {
        ScsiCommandAnswer answer = new() { Response = response };
        Write(answer, []);
        uint written = Math.Min(_answerSize, _chain.WritableBytes);
        Finish(written);
    }

    protected override void Completed()
    {
        if (IsAborted || Overrun)
        {
            Answer(IsReset ? ScsiResponse.Reset : IsAborted ? ScsiResponse.Aborted : ScsiResponse.Overrun);
            return;
        }

        ReadOnlySpan<byte> sense = Sense;
        int room = (int)_answerSize - ScsiCommandAnswer.Size;
        if (sense.Length > room)
            sense = sense[..room];
        ulong inLength = InLength;
        ScsiCommandAnswer answer = new()
        {
            SenseLength = (uint)sense.Length,
            Residual = (uint)(inLength > 0 ? inLength - InBytes : OutLength - Math.Min(OutBytes, OutLength)),
            Status = (byte)Status,
            Response = ScsiResponse.Ok,
        };
        Write(answer, sense);
        Finish(_answerSize + (uint)InBytes);
    }

    protected override ReadOnlySpan<IoVec> InPieces(out ulong skip)
    {
        skip = _answerSize;
        return _chain.Writable;
    }

    protected override ReadOnlySpan<IoVec> OutPieces(out ulong skip)
    {
        skip = _requestSize;
        return _chain.Readable;
    }

    private void Write(in ScsiCommandAnswer answer, ReadOnlySpan<byte> sense)
    {
        ReadOnlySpan<IoVec> pieces = _chain.Writable;
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<ScsiCommandAnswer>(in answer));
        if (pieces.Length > 0 && pieces[0].Length >= ScsiCommandAnswer.Size)
            bytes.CopyTo(new Span<byte>(pieces[0].Base, ScsiCommandAnswer.Size));
        else
            _ = DataPieces.Write(pieces, 0, bytes);
        if (!sense.IsEmpty)
            _ = DataPieces.Write(pieces, ScsiCommandAnswer.Size, sense);
    }

    private void Finish(uint written)
    {
        Virtqueue queue = _queue;
        DescriptorChain chain = _chain;
        free.Push(this);
        queue.Complete(chain, written);
    }
}
