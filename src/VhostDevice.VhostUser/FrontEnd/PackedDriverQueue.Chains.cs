// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Numerics;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.VhostUser.FrontEnd;

/// <content>Building descriptor chains, and beginning anew.</content>
public sealed unsafe partial class PackedDriverQueue
{
    public override bool TryAddMixed(ReadOnlySpan<DriverBuffer> direct, ReadOnlySpan<DriverBuffer> indirect, out ushort id)
    {
        ArgumentOutOfRangeException.ThrowIfZero(direct.Length + indirect.Length, nameof(direct));
        int count = indirect.IsEmpty ? direct.Length : 1;
        if (count > _free)
        {
            id = 0;
            return false;
        }

        id = _freeIds[Size - 1 - _inFlight];
        ref Chain chain = ref _chains[id];
        chain.Writable = 0;
        chain.Count = count;
        if (indirect.IsEmpty)
        {
            for (int i = 0; i < direct.Length; i++)
                Put(id, direct[i].Address, direct[i].Length, Flags(in direct[i], i + 1 < count, ref chain.Writable), isFirst: i == 0);
        }
        else
        {
            FillTable(ref chain, direct, indirect);
            Put(id, chain.Table, (uint)((direct.Length + indirect.Length) * PackedDescriptor.Size), (ushort)DescriptorFlags.Indirect, isFirst: true);
        }

        _free -= count;
        _inFlight++;
        _unpublished++;
        NoteOrder(id);
        return true;
    }

    public override void Reset(uint? ringBase = null)
    {
        PackedPosition start = ringBase is { } bits ? PackedPosition.FromBits((ushort)bits) : PackedPosition.Start;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(start.Index, Size, nameof(ringBase));
        for (int i = 0; i < Size; i++)
        {
            _freeIds[i] = (ushort)(Size - 1 - i);
            _chains[i].Count = 0;
            // Everything behind was used in this lap, everything ahead in the one before (zero is the one before the first).
            Ring[i] = new PackedDescriptor { Flags = i < start.Index == start.Wrap ? OwnerFlags : (ushort)0 };
        }

        _free = Size;
        _inFlight = _unpublished = _sinceKick = 0;
        _next = _published = _popped = start;
        *DriverEvent = *DeviceEvent = 0;
        ForgetOrder();
        Interlocked.MemoryBarrier();
    }

    public override void Dispose()
    {
        foreach (ref Chain chain in _chains.AsSpan())
        {
            if (chain.TableLength > 0)
                Memory.Free(chain.Table);
            chain = default;
        }

        if (!_ownsPlacement || _free < 0)
            return;
        _free = -1;
        Memory.Free(_placement.Ring);
        Memory.Free(_placement.DriverEvent);
        Memory.Free(_placement.DeviceEvent);
    }

    private void Put(ushort id, ulong address, uint length, ushort flags, bool isFirst)
    {
        PackedDescriptor* descriptor = Ring + _next.Index;
        flags |= _next.Wrap ? PackedDescriptor.Available : PackedDescriptor.Used;
        descriptor->Address = address;
        descriptor->Length = length;
        descriptor->Id = id;
        if (isFirst && _unpublished == 0)
            _hiddenFlags = flags;
        else
            descriptor->Flags = flags;
        _next = _next.After(1, Size);
    }

    /// <summary>Fills the chain's indirect table (virtio 1.3 §2.8.7), which grows to the longest one that its id ever had.</summary>
    private void FillTable(ref Chain chain, ReadOnlySpan<DriverBuffer> first, ReadOnlySpan<DriverBuffer> rest)
    {
        int count = first.Length + rest.Length;
        if (count > chain.TableLength)
        {
            if (chain.TableLength > 0)
                Memory.Free(chain.Table);
            chain.TableLength = 0;
            int length = Math.Max(4, (int)BitOperations.RoundUpToPowerOf2((uint)count));
            chain.Table = Memory.Allocate((ulong)length * PackedDescriptor.Size);
            chain.TableLength = length;
            chain.TablePointer = (PackedDescriptor*)Memory.Pointer(chain.Table, (ulong)length * PackedDescriptor.Size);
        }

        for (int i = 0; i < count; i++)
        {
            DriverBuffer buffer = i < first.Length ? first[i] : rest[i - first.Length];
            chain.TablePointer[i] = new PackedDescriptor
            {
                Address = buffer.Address,
                Length = buffer.Length,
                Flags = Flags(in buffer, more: false, ref chain.Writable),
            };
        }
    }

    private static ushort Flags(in DriverBuffer buffer, bool more, ref ulong writable)
    {
        DescriptorFlags flags = more ? DescriptorFlags.Next : DescriptorFlags.None;
        if (buffer.DeviceWritable)
        {
            flags |= DescriptorFlags.Write;
            writable += buffer.Length;
        }

        return (ushort)flags;
    }

    private struct Chain
    {
        /// <summary>Descriptors of the ring in use; 0: not in flight.</summary>
        internal int Count;
        internal ulong Writable;

        /// <summary>An indirect table that stays with this id, so that steady use allocates nothing.</summary>
        internal ulong Table;
        internal PackedDescriptor* TablePointer;
        internal int TableLength;
    }
}
