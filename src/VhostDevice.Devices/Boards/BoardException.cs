// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards;

/// <summary>
/// A board that cannot be put together like this: a name or an address twice, or one that cannot be. Its message is for
/// people, and all of it is ours: an <see cref="ArgumentException"/> with a parameter's name would add the framework's
/// words to it.
/// </summary>
public sealed class BoardException(string message) : ArgumentException(message);
