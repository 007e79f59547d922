// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Dbc;

/// <summary>A frame as a DBC file describes it.</summary>
internal sealed class DbcMessage
{
    internal required string Name { get; init; }

    /// <summary>11 bits, or 29 of an extended one.</summary>
    internal required uint Id { get; init; }

    internal required bool IsExtended { get; init; }

    /// <summary>Bytes of data, 0 to 64. More than 8 need FD.</summary>
    internal required int Length { get; init; }

    /// <summary>How often it is sent; null: the file does not say.</summary>
    internal TimeSpan? Cycle { get; set; }

    internal List<DbcSignal> Signals { get; } = [];

    internal DbcSignal? Find(string name) => Signals.Find(s => s.Name == name);
}

/// <summary>What a DBC file says.</summary>
internal sealed class DbcFile(IReadOnlyList<DbcMessage> messages)
{
    internal IReadOnlyList<DbcMessage> Messages => messages;

    internal DbcMessage? Find(string name)
    {
        foreach (DbcMessage message in messages)
        {
            if (message.Name == name)
                return message;
        }

        return null;
    }
}
