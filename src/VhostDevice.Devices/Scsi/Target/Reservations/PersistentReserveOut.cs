// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target.Reservations;

/// <summary>PERSISTENT RESERVE OUT (SPC-5 §6.17, §5.14).</summary>
internal static class PersistentReserveOut
{
    /// <summary>The most registrations of a unit.</summary>
    internal const int MaxRegistrations = 1024;

    private const int ListSize = 24;
    private const byte PowerLoss = 0x01;
    private const byte OtherPorts = 0x04;
    private const byte OtherInitiators = 0x08;

    internal static Step Register(ScsiTask task) => Register(task, ignoreKey: false);

    internal static Step RegisterAndIgnore(ScsiTask task) => Register(task, ignoreKey: true);

    internal static Step Reserve(ScsiTask task)
    {
        if (!TryBegin(task, out ReservationSet set, out Registration? own, out _, out _) || !TryType(task, out ReservationType type))
            return Step.Done;
        if (!set.IsReserved)
        {
            set.Reserve(own!, type);
            return Saved(task, set);
        }

        return set.Holds(own!) && set.Type == type ? Step.Done : task.Conflict();
    }

    internal static Step Release(ScsiTask task)
    {
        if (!TryBegin(task, out ReservationSet set, out Registration? own, out _, out _))
            return Step.Done;
        if (!set.Holds(own!))
            return Step.Done;
        if (task.Byte(2) != (byte)set.Type)
            return task.Fail(SenseCode.InvalidRelease);
        set.EndReservation(task.Nexus);
        return Saved(task, set);
    }

    internal static Step Clear(ScsiTask task)
    {
        if (!TryBegin(task, out ReservationSet set, out _, out _, out _))
            return Step.Done;
        set.Tell(SenseCode.ReservationsPreempted, task.Nexus);
        set.Clear();
        set.Generation++;
        return Saved(task, set);
    }

    internal static Step Preempt(ScsiTask task) => Preempt(task, abort: false);

    internal static Step PreemptAndAbort(ScsiTask task) => Preempt(task, abort: true);

    private static Step Register(ScsiTask task, bool ignoreKey)
    {
        if (!TryList(task, out ulong key, out ulong newKey, out byte flags))
            return Step.Done;
        ReservationSet set = task.Unit.Reservations;
        bool persistent = (flags & PowerLoss) != 0;
        if (set.PlainHolder is not null)
            return task.Conflict();
        // Only one port, and nobody is registered for others; what cannot outlive the process is refused.
        if ((flags & (OtherPorts | OtherInitiators)) != 0 || (persistent && !set.CanPersist))
            return task.Fail(SenseCode.InvalidListField);
        Registration? own = set.Find(task.Nexus);
        if (!ignoreKey && key != (own?.Key ?? 0))
            return task.Conflict();
        if (own is null && newKey == 0)
            return Step.Done;
        if (own is null)
        {
            if (set.Registrations.Count == MaxRegistrations)
                return task.Fail(SenseCode.NoRegistrationRoom);
            set.Add(task.Nexus, newKey);
        }
        else if (newKey == 0)
        {
            set.Remove(own, task.Nexus);
        }
        else
        {
            own.Key = newKey;
        }

        set.Generation++;
        return Saved(task, set, persistent);
    }

    private static Step Preempt(ScsiTask task, bool abort)
    {
        if (!TryBegin(task, out ReservationSet set, out Registration? found, out ulong key, out _))
            return Step.Done;
        Registration own = found!;
        bool all = set.IsOfAllRegistrants && key == 0;
        bool ofHolder = set.IsReserved && !set.IsOfAllRegistrants && set.Holder!.Key == key;
        if (key == 0 && !all)
            return task.Fail(SenseCode.InvalidListField);
        ReservationType type = ReservationType.None;
        if ((all || ofHolder) && !TryType(task, out type))
            return Step.Done;
        Registration[] preempted = [.. set.Registrations.Where(r => r != own && (all || r.Key == key))];
        if (preempted.Length == 0 && !ofHolder && !all && key != own.Key)
            return task.Conflict();
        ReservationType before = set.Type;
        foreach (Registration each in preempted)
        {
            _ = set.Registrations.Remove(each);
            set.Tell(each, SenseCode.RegistrationsPreempted, task.Nexus);
            if (abort && each.Nexus is { } nexus)
                task.Unit.Abort(new TaskManagement(TaskManagementFunction.AbortTaskSet, nexus, 0, static _ => { }) { Asker = task.Nexus });
        }

        if (all || ofHolder)
        {
            set.Reserve(own, type);
            if (type != before)
                set.Tell(SenseCode.ReservationsReleased, task.Nexus);
        }

        set.Generation++;
        return Saved(task, set);
    }

    // Whoever is not registered with the key that it gives is refused.
    private static bool TryBegin(ScsiTask task, out ReservationSet set, out Registration? own, out ulong newKey, out byte flags)
    {
        set = task.Unit.Reservations;
        own = null;
        if (!TryList(task, out ulong key, out newKey, out flags))
            return false;
        own = set.Find(task.Nexus);
        if (own is not null && own.Key == key && set.PlainHolder is null)
            return true;
        _ = task.Conflict();
        return false;
    }

    private static bool TryList(ScsiTask task, out ulong key, out ulong newKey, out byte flags)
    {
        key = newKey = 0;
        flags = 0;
        if (task.U32(5) != ListSize)
        {
            _ = task.Fail(SenseCode.ListLength);
            return false;
        }

        Span<byte> list = stackalloc byte[ListSize];
        if (!task.TryFetch(list))
            return false;
        key = BinaryPrimitives.ReadUInt64BigEndian(list);
        newKey = BinaryPrimitives.ReadUInt64BigEndian(list[8..]);
        flags = list[20];
        return true;
    }

    // The scope is the whole unit.
    private static bool TryType(ScsiTask task, out ReservationType type)
    {
        type = (ReservationType)(task.Byte(2) & 0x0F);
        if (task.Byte(2) >> 4 == 0 && ReservationSet.IsKnown((int)type))
            return true;
        _ = task.FailField(2);
        return false;
    }

    private static Step Saved(ScsiTask task, ReservationSet set, bool? persistent = null) =>
        set.TrySave(persistent) ? Step.Done : task.Fail(SenseCode.InternalFailure);
}
