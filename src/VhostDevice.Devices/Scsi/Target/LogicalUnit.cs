// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Numerics;
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target.Reservations;

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>
/// A disk: its blocks, what it says of itself, and the commands that are with it. For the thread of one loop, or behind
/// its target's lock.
/// </summary>
public sealed partial class LogicalUnit : IDisposable
{
    private readonly List<NexusState> _states = [];
    private NexusState? _latest;
    private readonly IStateFile? _reservationFile;
    private readonly IStateFile? _modesFile;
    private bool _disposed;
    private bool _closed;

    /// <param name="store">Its own from now on.</param>
    /// <param name="reservationFile">Too. Null: registrations end with the process.</param>
    /// <param name="modesFile">Too. Null: mode pages cannot be saved.</param>
    public LogicalUnit(LogicalUnitOptions options, BlockStore store, IStateFile? reservationFile = null, IStateFile? modesFile = null)
    {
        Options = options;
        Store = store;
        BlockShift = BitOperations.Log2(options.BlockSize);
        _reservationFile = reservationFile;
        _modesFile = modesFile;
        Reservations = new ReservationSet(this, reservationFile);
        SavedModes = new SavedModes(modesFile, DefaultModes);
        Modes = SavedModes.Values;
        CountBlocks();
    }

    public LogicalUnitOptions Options { get; }

    public BlockStore Store { get; }

    /// <summary>Blocks there are.</summary>
    public ulong BlockCount { get; private set; }

    /// <summary>A block has 2 to the power of this many bytes.</summary>
    public int BlockShift { get; }

    public ModeSettings Modes { get; internal set; }

    /// <summary>START STOP UNIT has stopped it.</summary>
    public bool IsStopped { get; internal set; }

    public bool IsWriteProtected => Options.ReadOnly || Store.IsReadOnly || Modes.SoftwareWriteProtect;

    internal ModeSettings DefaultModes => new(Options.WriteCache, DescriptorSense: false, SoftwareWriteProtect: false);

    internal SavedModes SavedModes { get; }

    internal ReservationSet Reservations { get; }

    /// <summary>Copies that were asked of this unit.</summary>
    internal CopyRecords Copies { get; } = new();

    /// <summary>Held by whoever is in here, once several threads may be.</summary>
    internal Lock? Gate { get; set; }

    /// <summary>Whose unit it is, once it is there.</summary>
    internal ScsiTarget? Owner { get; set; }

    /// <summary>What it can do: commands come from its target only.</summary>
    internal CommandSet Commands => Owner!.Commands;

    /// <summary>Tells an initiator something at its next command; null: all of them.</summary>
    public void Attention(SenseCode attention, ScsiNexus? nexus = null, ScsiNexus? except = null)
    {
        foreach (NexusState state in _states)
        {
            if ((nexus ?? state.Nexus) == state.Nexus && state.Nexus != except)
                state.Add(attention);
        }
    }

    /// <summary>An initiator is here, for which the unit was switched on just now. What others changed stays.</summary>
    public void Join(ScsiNexus nexus)
    {
        StateOf(nexus).Add(SenseCode.PowerOn);
        Reservations.Recognize(nexus);
    }

    /// <summary>Looks at the length of the store again.</summary>
    /// <returns>Whether it has changed.</returns>
    public bool CountBlocks()
    {
        ulong before = BlockCount;
        BlockCount = Store.Length >> BlockShift;
        return before != BlockCount;
    }

    /// <summary>Goes away: what is running is finished, nothing else is begun.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        AbortWaiting(static (_, _) => true, null);
        if (_running == 0)
            Close();
    }

    internal NexusState StateOf(ScsiNexus nexus) => _latest is { } latest && latest.Nexus == nexus ? latest : FindState(nexus);

    // Apart from the above, which every command calls: what a lambda captures is allocated where the method begins.
    private NexusState FindState(ScsiNexus nexus)
    {
        NexusState? state = _states.Find(s => s.Nexus == nexus);
        if (state is null)
        {
            state = new NexusState(nexus);
            _states.Add(state);
        }

        return _latest = state;
    }

    private void Close()
    {
        // A part and its copy end one within the other.
        if (_closed)
            return;
        _closed = true;
        Store.Dispose();
        _reservationFile?.Dispose();
        _modesFile?.Dispose();
    }
}
