// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target.Reservations;

/// <summary>The registrations of a unit, its persistent reservation, and the plain one of RESERVE(6) (SPC-5 §5.14).</summary>
internal sealed class ReservationSet
{
    private const int HeadSize = 16;
    private const int EntrySize = 8 + ScsiNexus.TransportIdSize;
    private const uint Format = 1;
    private const byte StartStopUnit = 0x1B;

    private readonly LogicalUnit _unit;
    private readonly IStateFile? _file;

    internal ReservationSet(LogicalUnit unit, IStateFile? file)
    {
        _unit = unit;
        _file = file;
        if (file is not null)
            Load(file.Load());
    }

    /// <summary>Registrations in the order in which they came.</summary>
    internal List<Registration> Registrations { get; } = [];

    /// <summary>PRGENERATION: changes of registrations since power on.</summary>
    internal uint Generation { get; set; }

    internal ReservationType Type { get; private set; }

    /// <summary>Who holds the persistent reservation, unless all registrants do.</summary>
    internal Registration? Holder { get; private set; }

    /// <summary>Who holds the reservation of RESERVE(6).</summary>
    internal ScsiNexus? PlainHolder { get; set; }

    /// <summary>Registrations are to outlive the process.</summary>
    internal bool IsPersistent { get; private set; }

    internal bool CanPersist => _file is not null;

    internal bool IsReserved => Type != ReservationType.None;

    /// <summary>Whether commands have to be looked at.</summary>
    internal bool IsInUse => Type != ReservationType.None || PlainHolder is not null;

    internal bool IsOfAllRegistrants => Type is ReservationType.WriteExclusiveAllRegistrants or ReservationType.ExclusiveAccessAllRegistrants;

    internal static bool IsKnown(int type) => type is 1 or 3 or >= 5 and <= 8;

    internal Registration? Find(ScsiNexus nexus) =>
        Registrations.Find(r => r.TransportId.AsSpan().SequenceEqual(nexus.TransportId));

    internal bool Holds(Registration registration) => IsReserved && (IsOfAllRegistrants || registration == Holder);

    /// <summary>Whether a reservation forbids the command (SPC-5 table 66, SBC-4 table 13).</summary>
    internal bool Forbids(ScsiTask task, ScsiCommand command)
    {
        if (PlainHolder is { } plain && plain != task.Nexus)
            return (command.Traits & CommandTraits.IgnoresAttention) == 0 && command.Opcode != PlainReservation.ReleaseOpcode;
        if (Type == ReservationType.None || (command.Traits & (CommandTraits.AlwaysAllowed | CommandTraits.Reservation)) != 0
            || (command.Opcode == StartStopUnit && OnlyStarts(task)))
            return false;
        Registration? own = Find(task.Nexus);
        if (own is not null && (own == Holder || Type >= ReservationType.WriteExclusiveRegistrantsOnly))
            return false;
        bool onlyWrites =
            Type is ReservationType.WriteExclusive or ReservationType.WriteExclusiveRegistrantsOnly or ReservationType.WriteExclusiveAllRegistrants;
        return !(onlyWrites && (command.Traits & CommandTraits.ReadsOnly) != 0);
    }

    // START STOP UNIT with START and without a power condition (SPC-5 table 66).
    private static bool OnlyStarts(ScsiTask task) => (task.Byte(4) & 0xF1) == 0x01;

    internal void Reserve(Registration holder, ReservationType type)
    {
        Type = type;
        Holder = IsOfAllRegistrants ? null : holder;
    }

    /// <summary>Ends the persistent reservation.</summary>
    /// <param name="except">Who need not be told; for the types whose registrants have to know.</param>
    internal void EndReservation(ScsiNexus? except)
    {
        bool tell = Type >= ReservationType.WriteExclusiveRegistrantsOnly;
        Type = ReservationType.None;
        Holder = null;
        if (tell)
            Tell(SenseCode.ReservationsReleased, except);
    }

    internal void Add(ScsiNexus nexus, ulong key) =>
        Registrations.Add(new Registration(nexus.TransportId.ToArray(), key) { Nexus = nexus });

    /// <summary>Takes a registration away, and the reservation with it when it goes with that.</summary>
    internal void Remove(Registration registration, ScsiNexus? except)
    {
        bool ends = IsReserved && (registration == Holder || (IsOfAllRegistrants && Registrations.Count == 1));
        _ = Registrations.Remove(registration);
        if (ends)
            EndReservation(except);
    }

    internal void Clear()
    {
        Registrations.Clear();
        Type = ReservationType.None;
        Holder = null;
    }

    /// <summary>Tells all registrants something at their next command.</summary>
    internal void Tell(SenseCode attention, ScsiNexus? except)
    {
        foreach (Registration each in Registrations)
            Tell(each, attention, except);
    }

    internal void Tell(Registration registration, SenseCode attention, ScsiNexus? except)
    {
        if (registration.Nexus is { } nexus && nexus != except)
            _unit.Attention(attention, nexus);
    }

    /// <summary>Ends the reservation of RESERVE(6), which a reset or the loss of its holder's nexus does.</summary>
    internal void Release(ScsiNexus? nexus = null)
    {
        if (nexus is null || nexus == PlainHolder)
            PlainHolder = null;
    }

    /// <summary>An initiator that registered in a former life is here again.</summary>
    internal void Recognize(ScsiNexus nexus)
    {
        if (Find(nexus) is { } known)
            known.Nexus = nexus;
    }

    /// <summary>Registrations changed; keeps them where they outlive the process.</summary>
    /// <param name="persistent">APTPL, where the command has it.</param>
    /// <returns>False when they could not be kept.</returns>
    internal bool TrySave(bool? persistent = null)
    {
        bool before = IsPersistent;
        IsPersistent = persistent ?? IsPersistent;
        return _file is null || (!before && !IsPersistent) || _file.Save(IsPersistent ? Image() : []).IsSuccess;
    }

    private byte[] Image()
    {
        byte[] image = new byte[HeadSize + (Registrations.Count * EntrySize)];
        BinaryPrimitives.WriteUInt32LittleEndian(image, Format);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(4), (uint)Registrations.Count);
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(8), Holder is null ? -1 : Registrations.IndexOf(Holder));
        image[12] = (byte)Type;
        for (int i = 0; i < Registrations.Count; i++)
        {
            Span<byte> entry = image.AsSpan(HeadSize + (i * EntrySize), EntrySize);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, Registrations[i].Key);
            Registrations[i].TransportId.CopyTo(entry[8..]);
        }

        return image;
    }

    // Somebody may have written anything.
    private void Load(ReadOnlySpan<byte> image)
    {
        if (image.Length < HeadSize || BinaryPrimitives.ReadUInt32LittleEndian(image) != Format)
            return;
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(image[4..]);
        int holder = BinaryPrimitives.ReadInt32LittleEndian(image[8..]);
        byte type = image[12];
        if (count > PersistentReserveOut.MaxRegistrations
            || image.Length != HeadSize + ((int)count * EntrySize)
            || holder >= (int)count
            || (type != 0 && !IsKnown(type)))
            return;
        for (int i = 0; i < (int)count; i++)
        {
            ReadOnlySpan<byte> entry = image.Slice(HeadSize + (i * EntrySize), EntrySize);
            Registrations.Add(new Registration(entry[8..].ToArray(), BinaryPrimitives.ReadUInt64LittleEndian(entry)));
        }

        Type = (ReservationType)type;
        Holder = holder < 0 ? null : Registrations[holder];
        if (Holder is null && !IsOfAllRegistrants)
            Type = ReservationType.None;
        IsPersistent = true;
    }
}
