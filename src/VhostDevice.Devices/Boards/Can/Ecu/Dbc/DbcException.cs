// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Dbc;

/// <summary>A DBC file that makes no sense. The message is one line for people: file, line, what is wrong, what to write.</summary>
internal sealed class DbcException(string message) : Exception(message);
