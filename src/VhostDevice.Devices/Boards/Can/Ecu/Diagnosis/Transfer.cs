// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>A download to or an upload from an area of memory, from RequestDownload to RequestTransferExit.</summary>
internal sealed class Transfer(MemoryArea area, long offset, long length, bool isDownload)
{
    /// <summary>Longest TransferData request or answer, with its two bytes of head: one ISO-TP message of 4095 bytes.</summary>
    internal const int MaxBlock = 0xFFF;

    private const int Head = 2;

    private long _done;
    private byte _block;
    private byte[] _last = [];
    private bool _any;

    internal bool IsComplete => _done == length;

    /// <summary>One TransferData request.</summary>
    /// <param name="data">Behind the counter; empty for an upload.</param>
    internal Refusal Go(byte block, ReadOnlySpan<byte> data, List<byte> answer)
    {
        // The last one once more: its answer was lost.
        bool isAgain = _any && block == _block;
        if (!isAgain && block != (byte)(_block + 1))
            return Refusal.WrongBlock;
        if (isDownload ? data.IsEmpty || data.Length > MaxBlock - Head : !data.IsEmpty)
            return Refusal.WrongLength;
        if (!isAgain && data.Length > length - _done)
            return Refusal.TransferSuspended;
        if (!isAgain && !isDownload && IsComplete)
            return Refusal.WrongSequence;
        if (!isAgain && isDownload)
        {
            area.Write(offset + _done, data);
            _done += data.Length;
        }
        else if (!isAgain)
        {
            _last = new byte[Math.Min(MaxBlock - Head, length - _done)];
            area.Read(offset + _done, _last);
            _done += _last.Length;
        }

        _any = true;
        _block = block;
        answer.Add(block);
        answer.AddRange(_last);
        return Refusal.None;
    }
}
