// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>What an ECU has for testers, whichever of them asks. For whoever holds the board's gate.</summary>
internal sealed class DiagnosticData
{
    private readonly List<ObdSlot> _values = [];

    internal List<DataIdentifier> Identifiers { get; } = [];

    internal List<Routine> Routines { get; } = [];

    internal List<MemoryArea> Areas { get; } = [];

    internal List<SecurityLevel> Levels { get; } = [];

    internal TroubleCodes Codes { get; } = new();

    /// <summary>Whether it answers the services of OBD-II.</summary>
    internal bool HasObd { get; set; }

    /// <summary>The values of OBD-II that it has, in the order of their identifiers.</summary>
    internal IReadOnlyList<ObdSlot> Values => _values;

    /// <summary>What service 09 tells, by its type.</summary>
    internal List<ObdInfo> Infos { get; } = [];

    /// <summary>The session whose tester has forbidden the ECU's other messages; null: none has.</summary>
    internal DiagnosticSession? SilencedBy { get; private set; }

    /// <summary>Whether the ECU sends its other messages.</summary>
    internal bool Talks { get; private set; } = true;

    /// <summary>Whether it heeds those of others.</summary>
    internal bool Listens { get; private set; } = true;

    /// <summary>The session whose tester has frozen the codes; null: none has.</summary>
    internal DiagnosticSession? CodesFrozenBy { get; set; }

    /// <summary>Told that a tester changed the codes, or what the ECU sends.</summary>
    internal Action Changed { get; set; } = static () => { };

    /// <summary>Told that a tester has reset the ECU: all sessions end.</summary>
    internal Action Resets { get; set; } = static () => { };

    internal void Silence(DiagnosticSession session, bool talks, bool listens)
    {
        (Talks, Listens) = (talks, listens);
        SilencedBy = talks && listens ? null : session;
        Changed();
    }

    /// <summary>A session is back to the default one, so what its tester has switched off is on again.</summary>
    internal void Ended(DiagnosticSession session)
    {
        if (CodesFrozenBy == session)
            CodesFrozenBy = null;
        if (SilencedBy == session)
            Silence(session, talks: true, listens: true);
    }

    /// <summary>Adds a value of OBD-II in its place.</summary>
    internal void Add(ObdValue kind, NumberParameter parameter)
    {
        int at = 0;
        while (at < _values.Count && _values[at].Kind.Id < kind.Id)
            at++;
        _values.Insert(at, new ObdSlot(kind, parameter));
    }

    internal void Freeze(List<ObdReading> frame)
    {
        foreach (ObdSlot value in _values)
            frame.Add(new ObdReading(value.Kind.Id, value.Kind.Encode(value.Parameter.Now)));
    }
}
