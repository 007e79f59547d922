// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>The commands that the units of a target have. What is not here is not advertised either.</summary>
public abstract class CommandSet
{
    private readonly ScsiCommand[] _all;
    private readonly ScsiCommand?[] _plain = new ScsiCommand?[256];
    private readonly ScsiCommand[]?[] _withActions = new ScsiCommand[]?[256];

    private protected CommandSet(ScsiCommand[] all)
    {
        _all = all;
        foreach (ScsiCommand command in all)
        {
            if (command.ServiceAction is null)
                _plain[command.Opcode] = command;
        }

        foreach (IGrouping<byte, ScsiCommand> group in all.Where(c => c.ServiceAction is not null).GroupBy(c => c.Opcode))
            _withActions[group.Key] = [.. group];
    }

    /// <summary>All, by operation code and service action.</summary>
    public IReadOnlyList<ScsiCommand> All => _all;

    /// <summary>Whether any command has this operation code.</summary>
    public bool HasOpcode(byte opcode) => _plain[opcode] is not null || _withActions[opcode] is not null;

    /// <summary>Whether commands of this operation code are told apart by service actions.</summary>
    public bool HasServiceActions(byte opcode) => _withActions[opcode] is not null;

    /// <summary>The command of that name, or null.</summary>
    public ScsiCommand? Find(byte opcode, int serviceAction)
    {
        if (_plain[opcode] is { } plain)
            return plain;
        foreach (ScsiCommand command in _withActions[opcode] ?? [])
        {
            if (command.ServiceAction == serviceAction)
                return command;
        }

        return null;
    }

    internal ScsiCommand? Find(ScsiTask task)
    {
        byte opcode = task.Byte(0);
        return _plain[opcode] ?? Find(opcode, task.Byte(1) & 0x1F);
    }

    /// <summary>Carries out a command for a unit that is not there, at a target that is.</summary>
    /// <param name="number">The target's.</param>
    /// <param name="isWellKnown">It is for the unit that only lists the others.</param>
    internal abstract Step RunWithoutUnit(ScsiTask task, ScsiTarget target, byte number, bool isWellKnown);
}
