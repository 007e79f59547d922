// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>Pieces of memory seen as one stream of bytes, at any place of it.</summary>
public static unsafe class DataPieces
{
    public static ulong Length(ReadOnlySpan<IoVec> pieces)
    {
        ulong sum = 0;
        foreach (ref readonly IoVec piece in pieces)
            sum += piece.Length;
        return sum;
    }

    /// <summary>Adds part of the stream to a request's list.</summary>
    public static void Add(Storage.BlockRequest request, ReadOnlySpan<IoVec> pieces, ulong offset, ulong length)
    {
        foreach (ref readonly IoVec piece in pieces)
        {
            if (length == 0)
                return;
            if (offset >= piece.Length)
            {
                offset -= piece.Length;
                continue;
            }

            nuint n = (nuint)Math.Min(piece.Length - offset, length);
            request.AddPiece(new IoVec(piece.Base + offset, n));
            length -= n;
            offset = 0;
        }
    }

    /// <summary>Copies out of the stream.</summary>
    /// <returns>Bytes copied; fewer than the target has where the stream ends.</returns>
    public static int Read(ReadOnlySpan<IoVec> pieces, ulong offset, Span<byte> target)
    {
        int done = 0;
        foreach (ref readonly IoVec piece in pieces)
        {
            if (done == target.Length)
                break;
            if (offset >= piece.Length)
            {
                offset -= piece.Length;
                continue;
            }

            int n = (int)Math.Min(piece.Length - offset, (ulong)(target.Length - done));
            new ReadOnlySpan<byte>(piece.Base + offset, n).CopyTo(target[done..]);
            done += n;
            offset = 0;
        }

        return done;
    }

    /// <summary>Copies into the stream.</summary>
    /// <returns>Bytes copied; fewer than the source has where the stream ends.</returns>
    public static int Write(ReadOnlySpan<IoVec> pieces, ulong offset, ReadOnlySpan<byte> source)
    {
        int done = 0;
        foreach (ref readonly IoVec piece in pieces)
        {
            if (done == source.Length)
                break;
            if (offset >= piece.Length)
            {
                offset -= piece.Length;
                continue;
            }

            int n = (int)Math.Min(piece.Length - offset, (ulong)(source.Length - done));
            source.Slice(done, n).CopyTo(new Span<byte>(piece.Base + offset, n));
            done += n;
            offset = 0;
        }

        return done;
    }
}
