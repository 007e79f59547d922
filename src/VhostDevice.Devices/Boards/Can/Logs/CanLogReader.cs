// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>
/// Reads a recording of CAN buses, of any program and perhaps made to do harm: frames one by one, so that its length does not
/// matter. What is no frame of data or request (errors, events, CAN XL) is left out.
/// </summary>
internal abstract class CanLogReader : IDisposable
{
    // Enough to tell the formats apart.
    private const int HeadBytes = 4;

    /// <summary>Begins to read, in the format that the first bytes show.</summary>
    /// <param name="stream">Can be positioned; stays the caller's.</param>
    /// <param name="name">Of the file, for messages.</param>
    /// <exception cref="CanLogException">It has no format that is known.</exception>
    internal static CanLogReader Open(Stream stream, string name)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        int count = stream.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false);
        stream.Position = 0;
        if (count < HeadBytes)
            throw new CanLogException($"{name} is empty");
        if (PcapFormat.IsPcap(head))
            return new PcapReader(stream, name);
        if (PcapFormat.IsPcapNg(head))
            return new PcapNgReader(stream, name);
        return head[0] == '(' ? new CandumpReader(stream, name) : new AscReader(stream, name);
    }

    /// <summary>The next frame; false at the end.</summary>
    /// <exception cref="CanLogException">The file is damaged there.</exception>
    internal abstract bool TryRead(out CanLogEntry entry);

    public virtual void Dispose()
    {
    }

    /// <summary>Whether there can be such a frame; its data is still missing.</summary>
    protected static bool TryMake(uint id, bool isExtended, bool isRemote, bool isFd, int length, out CanFrame frame)
    {
        bool isLength = isFd
            ? length is (>= 0 and <= CanFrame.MaxClassicLength) or 12 or 16 or 20 or 24 or 32 or 48 or 64
            : length is >= 0 and <= CanFrame.MaxClassicLength;
        bool isPossible = isLength && !(isFd && isRemote) && id <= (isExtended ? 0x1FFF_FFFFu : 0x7FF);
        frame = isPossible ? new CanFrame(id, length, isExtended, isRemote, isFd) : default;
        return isPossible;
    }
}
