// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>A value of OBD-II that an ECU has.</summary>
internal sealed class ObdSlot(ObdValue kind, NumberParameter parameter)
{
    internal ObdValue Kind => kind;

    internal NumberParameter Parameter => parameter;
}

/// <summary>What service 09 tells of a type.</summary>
internal sealed class ObdInfo(byte type, StoredData data)
{
    internal byte Type => type;

    internal StoredData Data => data;
}

/// <summary>A value of the freeze frame, as it is encoded.</summary>
internal sealed class ObdReading(byte id, byte[] bytes)
{
    internal byte Id => id;

    internal byte[] Bytes => bytes;
}
