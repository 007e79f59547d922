// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Numerics;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.VhostUser.FrontEnd;

/// <content>Building and releasing descriptor chains.</content>
public sealed unsafe partial class SplitDriverQueue
{
    public override bool TryAddMixed(ReadOnlySpan<DriverBuffer> direct, ReadOnlySpan<DriverBuffer> indirect, out ushort id)
    {
        int count = direct.Length + (indirect.IsEmpty ? 0 : 1);
        ArgumentOutOfRangeException.ThrowIfZero(count, nameof(direct));
        if (count > _free)
        {
            id = 0;
            return false;
        }

        // A chain takes its descriptors in the order of the free list, so their links are there already.
        ushort head = _freeHead;
        ushort at = head;
        ushort tail = head;
        ulong writable = 0;
        for (int i = 0; i < direct.Length; i++)
        {
            ref readonly DriverBuffer buffer = ref direct[i];
            DescriptorFlags more = i + 1 < count ? DescriptorFlags.Next : DescriptorFlags.None;
            Fill(Descriptors + at, in buffer, more, _next[at], ref writable);
            tail = at;
            at = _next[at];
        }

        ref Chain chain = ref _chains[head];
        if (!indirect.IsEmpty)
        {
            FillTable(ref chain, indirect, ref writable);
            Descriptors[at] = new SplitDescriptor
            {
                Address = chain.Table,
                Length = (uint)(indirect.Length * SplitDescriptor.Size),
                Flags = DescriptorFlags.Indirect,
            };
            tail = at;
            at = _next[at];
        }

        _freeHead = at;
        _free -= count;
        _inFlight++;
        chain.Count = count;
        chain.Tail = tail;
        chain.Writable = writable;
        AvailableRing[_added & _mask] = head;
        _added++;
        NoteOrder(head);
        id = head;
        return true;
    }

    public override void Reset(uint? ringBase = null)
    {
        for (int i = 0; i < Size; i++)
        {
            _next[i] = (ushort)((i + 1) & _mask);
            _chains[i].Count = 0;
        }

        _freeHead = 0;
        _free = Size;
        _inFlight = 0;
        _added = _published = _kickConsidered = _popped = _usedSeen = (ushort)(ringBase ?? 0);
        _interruptsWanted = true;
        ForgetOrder();

        new Span<byte>(Descriptors, DescriptorBytes).Clear();
        new Span<byte>(AvailableFlags, AvailableBytes).Clear();
        new Span<byte>(UsedFlags, UsedBytes).Clear();
        *UsedEvent = *AvailableEvent = *UsedIndex = _popped;
        Volatile.Write(ref *AvailableIndex, _popped);
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
        Memory.Free(_placement.Descriptors);
        Memory.Free(_placement.Available);
        Memory.Free(_placement.Used);
    }

    private void Release(ushort head)
    {
        ref Chain chain = ref _chains[head];
        _next[chain.Tail] = _freeHead;
        _freeHead = head;
        _free += chain.Count;
        _inFlight--;
        chain.Count = 0;
    }

    /// <summary>Fills the chain's indirect table (virtio 1.3 §2.7.5.3), which grows to the longest one that its head ever had.</summary>
    private void FillTable(ref Chain chain, ReadOnlySpan<DriverBuffer> buffers, ref ulong writable)
    {
        if (buffers.Length > chain.TableLength)
        {
            if (chain.TableLength > 0)
                Memory.Free(chain.Table);
            chain.TableLength = 0;
            int length = Math.Max(4, (int)BitOperations.RoundUpToPowerOf2((uint)buffers.Length));
            chain.Table = Memory.Allocate((ulong)length * SplitDescriptor.Size);
            chain.TableLength = length;
            chain.TablePointer = (SplitDescriptor*)Memory.Pointer(chain.Table, (ulong)length * SplitDescriptor.Size);
        }

        for (int i = 0; i < buffers.Length; i++)
        {
            bool last = i + 1 == buffers.Length;
            Fill(chain.TablePointer + i, in buffers[i], last ? DescriptorFlags.None : DescriptorFlags.Next, (ushort)(last ? 0 : i + 1), ref writable);
        }
    }

    private static void Fill(SplitDescriptor* descriptor, in DriverBuffer buffer, DescriptorFlags flags, ushort next, ref ulong writable)
    {
        descriptor->Address = buffer.Address;
        descriptor->Length = buffer.Length;
        descriptor->Next = next;
        if (buffer.DeviceWritable)
        {
            flags |= DescriptorFlags.Write;
            writable += buffer.Length;
        }

        descriptor->Flags = flags;
    }

    private struct Chain
    {
        /// <summary>Descriptors of the ring in use; 0: not in flight.</summary>
        internal int Count;
        internal ushort Tail;
        internal ulong Writable;

        /// <summary>An indirect table that stays with this head, so that steady use allocates nothing.</summary>
        internal ulong Table;
        internal SplitDescriptor* TablePointer;
        internal int TableLength;
    }
}
