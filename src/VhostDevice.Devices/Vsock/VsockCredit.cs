// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// What the guest's end of a connection may still be sent (virtio 1.3 §5.10.6.3), in bytes and in packets. All counters
/// are modulo 2^32.
/// </summary>
/// <remarks>
/// Packets are metered because Linux from 6.12.92 on charges a receive buffer for the overhead of each packet that lies
/// in it, and resets a connection that overruns it with small ones. Which packets were read is not told, only how many
/// bytes were; so packets are counted in steps, each of which is over when all of its bytes were read.
/// </remarks>
internal struct VsockCredit
{
    /// <summary>What a packet costs the receiver besides its bytes: more than any kernel is known to charge (576).</summary>
    internal const uint PacketCost = 768;

    private const int StepCount = 8;

    private Steps _ends;
    private Steps _packets;
    private int _first;
    private int _used;
    private uint _outstanding;
    private uint _sent;
    private uint _peerForwarded;

    // Bytes that the peer has read since the connection was made, however many.
    private ulong _read;
    private uint _peerBuffer;

    /// <summary>Bytes of the peer's buffer that are not free.</summary>
    internal readonly uint InFlight => _sent - _peerForwarded;

    /// <summary>Bytes in all that the peer's buffer holds.</summary>
    internal readonly uint PeerBuffer => _peerBuffer;

    /// <summary>
    /// Takes over what any packet of the peer says. One that was made before the last and sent after it, as processors of
    /// a guest may do, says nothing new.
    /// </summary>
    /// <returns>False: it says that it read what was never sent, which is a lie.</returns>
    internal bool Update(uint peerBuffer, uint peerForwarded)
    {
        uint inFlight = _sent - peerForwarded;
        if (inFlight > _sent - _peerForwarded)
            return _peerForwarded - peerForwarded <= Math.Min(_read, int.MaxValue);
        _read += peerForwarded - _peerForwarded;
        _peerBuffer = peerBuffer;
        _peerForwarded = peerForwarded;
        while (_used > 0 && (inFlight == 0 || _sent - _ends[_first] >= inFlight))
        {
            _outstanding -= _packets[_first];
            _first = (_first + 1) % StepCount;
            _used--;
        }

        return true;
    }

    /// <summary>
    /// How much may be sent now: each packet costs its bytes and <see cref="PacketCost"/>. Enough for a packet with a
    /// byte in it, or 0.
    /// </summary>
    internal readonly uint Allowance()
    {
        uint inFlight = InFlight;
        if (inFlight >= _peerBuffer)
            return 0;
        uint free = _peerBuffer - inFlight;
        // However small the buffer is, one packet must get through.
        if (_outstanding == 0)
            return free > 2 * PacketCost ? free : free + PacketCost;
        ulong cost = (ulong)_outstanding * PacketCost;
        return cost + PacketCost >= free ? 0 : free - (uint)cost;
    }

    /// <summary>
    /// How much may be sent to a guest that does not go on reading: a program may wait for all that its buffer holds, so
    /// that is filled to the last byte, and what packets cost is counted apart. (Linux counts both in one sum only in
    /// 6.12.92, 6.12.93 and releases of other branches in those weeks.)
    /// </summary>
    /// <param name="bytes">Cut to what there is credit for.</param>
    /// <param name="packets">Cut to the most that may be sent.</param>
    internal readonly uint AllowanceIgnoringOverhead(ref uint bytes, ref int packets)
    {
        bytes = InFlight < _peerBuffer ? Math.Min(bytes, _peerBuffer - InFlight) : 0;
        uint most = Math.Max(1, _peerBuffer / PacketCost);
        packets = (int)Math.Min((uint)packets, most > _outstanding ? most - _outstanding : 0);
        return bytes == 0 || packets == 0 ? 0 : (uint)Math.Min(uint.MaxValue, bytes + ((ulong)packets * PacketCost));
    }

    /// <summary>How much may be sent of a message that was begun: what packets cost does not count.</summary>
    /// <param name="bytes">Cut to what there is credit for.</param>
    internal readonly uint AllowanceInMessage(ref uint bytes)
    {
        bytes = InFlight < _peerBuffer ? Math.Min(bytes, _peerBuffer - InFlight) : 0;
        return bytes == 0 ? 0 : (uint)Math.Min(uint.MaxValue, bytes + ((ulong)RxWriter.MaxChains * PacketCost));
    }

    /// <summary>So much was sent, in so many packets.</summary>
    internal void Sent(uint bytes, uint packets)
    {
        _sent += bytes;
        _outstanding += packets;
        int last = (_first + _used - 1) % StepCount;
        // A step holds an eighth of the packets that fit, or more when all steps are in use.
        if (_used == 0 || (_used < StepCount && _packets[last] >= _peerBuffer / (PacketCost * StepCount)))
        {
            last = (_first + _used++) % StepCount;
            _packets[last] = 0;
        }

        _packets[last] += packets;
        _ends[last] = _sent;
    }

    [InlineArray(StepCount)]
    private struct Steps
    {
        private uint _value;
    }
}
