// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Files;

/// <summary>A board file that makes no board: one line that names file, line and column, and says what to write instead.</summary>
public sealed class BoardFileException(string message) : Exception(message);
